package web

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"
)

var errStopping = &Error{Status: http.StatusServiceUnavailable, Detail: "The service is shutting down."}

// Health is the answer of a service that is well.
type Health struct {
	Status string `json:"status"`
}

// ServeHealth adds the routes that tell whether the process lives, and whether it takes requests: not from the moment that it
// stops, nor while one of these pings fails.
func (s *Server) ServeHealth(pings ...func(ctx context.Context) error) {
	well := func(c *gin.Context) error {
		c.JSON(http.StatusOK, Health{Status: "ok"})
		return nil
	}
	router := s.Router("", "Operations")
	router.GET("/healthz", {% if cookiecutter.auth == 'jwt' %}Anyone, {% endif %}well, Op{Summary: "Ask whether the process lives", Answer: Health{}})
	router.GET("/readyz", {% if cookiecutter.auth == 'jwt' %}Anyone, {% endif %}func(c *gin.Context) error {
		if s.stopping.Load() {
			return errStopping
		}
		for _, ping := range pings {
			if err := ping(c.Request.Context()); err != nil {
				return err
			}
		}
		return well(c)
	}, Op{Summary: "Ask whether the service takes requests", Answer: Health{}, Fails: []int{http.StatusServiceUnavailable}})
}
