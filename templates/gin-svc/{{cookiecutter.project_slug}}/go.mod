module {{ cookiecutter.__module }}

go 1.26.0

require (
	github.com/caarlos0/env/v11 v11.4.2
	github.com/gin-gonic/gin v1.12.0
	github.com/go-json-experiment/json v0.0.0-20260820222146-c27c302e5fc3
	github.com/go-playground/validator/v10 v10.30.6
{% if cookiecutter.database == 'mysql' %}
	github.com/go-sql-driver/mysql v1.10.1
{% endif %}
{% if cookiecutter.database != 'memory' %}
	github.com/gofrs/flock v0.13.1
{% endif %}
{% if cookiecutter.auth == 'jwt' %}
	github.com/golang-jwt/jwt/v5 v5.3.1
{% endif %}
	github.com/google/uuid v1.6.0
{% if cookiecutter.database == 'postgresql' %}
	github.com/jackc/pgx/v5 v5.11.0
{% endif %}
{% if cookiecutter.database != 'memory' %}
	github.com/pressly/goose/v3 v3.29.0
{% endif %}
{% if cookiecutter.__uses_redis %}
	github.com/redis/go-redis/v9 v9.23.0
{% endif %}
	github.com/rs/cors v1.11.1
	github.com/swaggest/jsonschema-go v0.3.79
	github.com/swaggest/openapi-go v0.2.60
	github.com/swaggest/swgui v1.8.5
{% if cookiecutter.auth == 'jwt' %}
	golang.org/x/crypto v0.58.0
{% endif %}
{% if cookiecutter.database != 'memory' and cookiecutter.auth == 'jwt' %}
	golang.org/x/term v0.47.0
{% endif %}
	golang.org/x/text v0.43.0
{% if cookiecutter.database == 'postgresql' %}
	gorm.io/driver/postgres v1.6.3
{% endif %}
{% if cookiecutter.database == 'mysql' %}
	gorm.io/driver/mysql v1.6.0
{% endif %}
{% if cookiecutter.database != 'memory' %}
	gorm.io/driver/sqlite v1.6.0
	gorm.io/gorm v1.31.2
	modernc.org/sqlite v1.60.1
{% endif %}
)

require (
{% if cookiecutter.database == 'mysql' %}
	filippo.io/edwards25519 v1.2.0 // indirect
{% endif %}
	github.com/bytedance/gopkg v0.1.3 // indirect
	github.com/bytedance/sonic v1.15.0 // indirect
	github.com/bytedance/sonic/loader v0.5.0 // indirect
{% if cookiecutter.__uses_redis %}
	github.com/cespare/xxhash/v2 v2.3.0 // indirect
{% endif %}
	github.com/cloudwego/base64x v0.1.6 // indirect
{% if cookiecutter.database != 'memory' %}
	github.com/dustin/go-humanize v1.1.0 // indirect
{% endif %}
	github.com/gabriel-vasile/mimetype v1.4.16 // indirect
	github.com/gin-contrib/sse v1.1.0 // indirect
	github.com/go-playground/locales v0.14.2 // indirect
	github.com/go-playground/universal-translator v0.18.2 // indirect
	github.com/goccy/go-json v0.10.5 // indirect
	github.com/goccy/go-yaml v1.19.2 // indirect
{% if cookiecutter.database == 'postgresql' %}
	github.com/jackc/pgpassfile v1.0.0 // indirect
	github.com/jackc/pgservicefile v0.0.0-20240606120523-5a60cdf6a761 // indirect
	github.com/jackc/puddle/v2 v2.2.3 // indirect
{% endif %}
{% if cookiecutter.database != 'memory' %}
	github.com/jinzhu/inflection v1.0.0 // indirect
	github.com/jinzhu/now v1.1.5 // indirect
{% endif %}
	github.com/json-iterator/go v1.1.12 // indirect
{% if not cookiecutter.__uses_redis %}
	github.com/klauspost/cpuid/v2 v2.3.0 // indirect
{% else %}
	github.com/klauspost/cpuid/v2 v2.4.0 // indirect
{% endif %}
	github.com/leodido/go-urn v1.5.0 // indirect
{% if cookiecutter.database != 'memory' %}
	github.com/mattn/go-isatty v0.0.24 // indirect
	github.com/mattn/go-sqlite3 v1.14.22 // indirect
	github.com/mfridman/interpolate v0.0.2 // indirect
{% else %}
	github.com/mattn/go-isatty v0.0.20 // indirect
{% endif %}
	github.com/modern-go/concurrent v0.0.0-20180306012644-bacd9c7ef1dd // indirect
	github.com/modern-go/reflect2 v1.0.2 // indirect
{% if cookiecutter.database != 'memory' %}
	github.com/ncruces/go-strftime v1.1.0 // indirect
{% endif %}
	github.com/pelletier/go-toml/v2 v2.2.4 // indirect
	github.com/quic-go/qpack v0.6.0 // indirect
	github.com/quic-go/quic-go v0.59.0 // indirect
{% if cookiecutter.database != 'memory' %}
	github.com/remyoudompheng/bigfft v0.0.0-20230129092748-24d4a6f8daec // indirect
	github.com/sethvargo/go-retry v0.5.0 // indirect
{% endif %}
	github.com/swaggest/refl v1.4.0 // indirect
	github.com/twitchyliquid64/golang-asm v0.15.1 // indirect
	github.com/ugorji/go/codec v1.3.1 // indirect
	github.com/vearutop/statigz v1.4.0 // indirect
	go.mongodb.org/mongo-driver/v2 v2.5.0 // indirect
{% if cookiecutter.__uses_redis %}
	go.uber.org/atomic v1.12.0 // indirect
{% endif %}
{% if cookiecutter.database != 'memory' %}
	go.uber.org/multierr v1.11.0 // indirect
{% endif %}
	golang.org/x/arch v0.23.0 // indirect
{% if cookiecutter.auth == 'none' %}
	golang.org/x/crypto v0.58.0 // indirect
{% endif %}
{% if cookiecutter.database != 'memory' %}
	golang.org/x/net v0.61.0 // indirect
	golang.org/x/sync v0.24.0 // indirect
{% else %}
	golang.org/x/net v0.60.0 // indirect
{% endif %}
	golang.org/x/sys v0.49.0 // indirect
{% if cookiecutter.database != 'memory' %}
	google.golang.org/protobuf v1.36.12 // indirect
{% else %}
	google.golang.org/protobuf v1.36.10 // indirect
{% endif %}
	gopkg.in/yaml.v2 v2.4.0 // indirect
{% if cookiecutter.database != 'memory' %}
	modernc.org/libc v1.78.0 // indirect
	modernc.org/mathutil v1.7.1 // indirect
	modernc.org/memory v1.12.1 // indirect
{% endif %}
)
