package httpapi

import (
	"bytes"
	_ "embed"
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/swaggest/swgui"
	"github.com/swaggest/swgui/v5emb"
)

//go:embed openapi.json
var document []byte

var openAPI = compact(document)

// docsFiles are the files that the page which shows the API loads. They are named one by one because any other path
// below /docs is a 404 like every other.
var docsFiles = []string{
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

var docsPage = renderDocs()

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
{% if cookiecutter.__uses_redis %}
	if a.auth.Redis != nil {
		if err := a.auth.Redis.Ping(c.Request.Context()); err != nil {
			return err
		}
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
	writeBody(c, http.StatusOK, "text/html; charset=utf-8", docsPage)
	return nil
}

func getDocsFile(c *gin.Context) error {
	docs.ServeHTTP(c.Writer, c.Request)
	return nil
}

// renderDocs returns the page that the handler makes, which is always the same and whose Content-Type it does not let choose.
func renderDocs() []byte {
	page := &pageWriter{header: make(http.Header)}
	docs.ServeHTTP(page, &http.Request{URL: &url.URL{Path: "/docs"}})
	return page.Bytes()
}

// pageWriter is a http.ResponseWriter that keeps the body.
type pageWriter struct {
	bytes.Buffer
	header http.Header
}

func (w *pageWriter) Header() http.Header { return w.header }

func (w *pageWriter) WriteHeader(int) {}
