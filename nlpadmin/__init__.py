"""The project around the app: settings, URLs and the doors that servers open."""
