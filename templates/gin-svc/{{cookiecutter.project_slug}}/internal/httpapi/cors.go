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

// allows reports whether a request comes from an allowed origin. One that names several comes from none.
func (p corsPolicy) allows(r *http.Request) bool {
	origins := r.Header.Values("Origin")
	return len(origins) == 1 && origins[0] != "" && (p.any || slices.Contains(p.origins, origins[0]))
}

func (p corsPolicy) addHeaders(r *http.Request, header http.Header) {
	if !p.allows(r) {
		return
	}
	if p.any {
		header.Set("Access-Control-Allow-Origin", "*")
	} else {
		header.Set("Access-Control-Allow-Origin", r.Header.Get("Origin"))
		header.Add("Vary", "Origin")
	}
	header.Set("Access-Control-Expose-Headers", "ETag, Link, Location, Retry-After, X-Request-ID")
}

// isPreflight reports whether a request is a preflight from an allowed origin.
func (p corsPolicy) isPreflight(r *http.Request) bool {
	_, asks := r.Header["Access-Control-Request-Method"]
	return r.Method == http.MethodOptions && asks && p.allows(r)
}

func addPreflightHeaders(header http.Header) {
	header.Set("Access-Control-Allow-Methods", "DELETE, GET, HEAD, PATCH, POST, PUT")
	header.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, If-Match, If-None-Match, X-Request-ID")
	header.Set("Access-Control-Max-Age", "600")
}
