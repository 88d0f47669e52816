// Without validatorUrl Swagger UI would ask another host whether the document is valid.
SwaggerUIBundle({ url: "openapi.json", dom_id: "#docs", deepLinking: true, validatorUrl: null });
