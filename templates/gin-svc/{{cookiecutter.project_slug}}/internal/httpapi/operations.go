package httpapi

import (
	_ "embed"
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/swaggest/swgui"
	"github.com/swaggest/swgui/v5emb"
)

//go:embed openapi.json
var document []byte

var openAPI = compact(document)

// docsPaths are the page that shows the API and the files that it loads. They are named one by one because any other
// path below /docs is a 404 like every other.
var docsPaths = []string{
	"/docs",
	"/docs/swagger-ui.css",
	"/docs/swagger-ui-bundle.js",
	"/docs/swagger-ui-standalone-preset.js",
	"/docs/favicon-16x16.png",
	"/docs/favicon-32x32.png",
}

var docs = v5emb.NewHandlerWithConfig(swgui.Config{
	Title:       {{ cookiecutter.__project_name_literal }},
	SwaggerJSON: "/openapi.json",
	BasePath:    "/docs",
})

type healthAnswer struct {
	Status string `json:"status"`
}

func (a *API) getHealth(c *gin.Context) error {
	writeJSON(c, http.StatusOK, jsonType, healthAnswer{Status: "ok"})
	return nil
}

func (a *API) getReadiness(c *gin.Context) error {
	if a.shuttingDown.Load() {
		return errShuttingDown
	}
{% if cookiecutter.database != 'memory' %}
	if err := a.database.Ping(deadline(c)); err != nil {
		return err
	}
{% endif %}
	return a.getHealth(c)
}

// compact returns a document as every JSON answer is written.
func compact(document []byte) []byte {
	value := jsontext.Value(document)
	if err := value.Compact(); err != nil {
		panic(err)
	}
	return value
}

func getOpenAPI(c *gin.Context) error {
	writeBody(c, http.StatusOK, jsonType, openAPI)
	return nil
}

func getDocs(c *gin.Context) error {
	docs.ServeHTTP(c.Writer, c.Request)
	return nil
}
