/* Draws the API's documentation; tokens typed into it stay in the page and are sent to this host only. */
const page = document.getElementById("swagger-ui");
window.SwaggerUIBundle({
  url: page.dataset.document,
  dom_id: "#swagger-ui",
  presets: [window.SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
  deepLinking: true,
  defaultModelsExpandDepth: 0,
});
