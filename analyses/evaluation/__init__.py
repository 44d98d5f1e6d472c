"""How good the engines are: texts with known answers, and the page that says how many each engine gets right."""
