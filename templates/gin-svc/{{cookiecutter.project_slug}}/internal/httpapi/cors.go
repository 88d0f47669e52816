package httpapi

import (
	"net/http"
	"slices"
)

// corsPolicy says which origins may read answers (https://fetch.spec.whatwg.org/#http-cors-protocol), without credentials.
type corsPolicy struct {
	origins []string
	any     bool
}

func newCORSPolicy(allowedOrigins []string) corsPolicy {
	return corsPolicy{origins: allowedOrigins, any: slices.Contains(allowedOrigins, "*")}
}

func (p corsPolicy) allows(origin string) bool {
	return origin != "" && (p.any || slices.Contains(p.origins, origin))
}

func (p corsPolicy) addHeaders(header http.Header, origin string) {
	if !p.allows(origin) {
		return
	}
	if p.any {
		header.Set("Access-Control-Allow-Origin", "*")
	} else {
		header.Set("Access-Control-Allow-Origin", origin)
		header.Add("Vary", "Origin")
	}
	header.Set("Access-Control-Expose-Headers", "ETag, Link, Location, Retry-After, X-Request-ID")
}

// isPreflight reports whether a request is a preflight from an allowed origin.
func (p corsPolicy) isPreflight(r *http.Request) bool {
	_, asks := r.Header["Access-Control-Request-Method"]
	return r.Method == http.MethodOptions && asks && p.allows(r.Header.Get("Origin"))
}

func addPreflightHeaders(header http.Header) {
	header.Set("Access-Control-Allow-Methods", "DELETE, GET, HEAD, PATCH, POST, PUT")
	header.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, If-Match, If-None-Match, X-Request-ID")
	header.Set("Access-Control-Max-Age", "600")
}
