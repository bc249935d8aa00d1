// The interface's description, read from this server; requests carry the key that the chat page was given.

SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#operations",
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  tryItOutEnabled: true,
  // Its default asks a server elsewhere about the description.
  validatorUrl: null,
  requestInterceptor(request) {
    const key = sessionStorage.getItem("yingda.key");
    if (key) request.headers["X-API-Key"] ??= key;
    return request;
  },
});
