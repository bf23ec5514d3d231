{{/* Variables of every Node process. Argument: dict root resources */}}
{{- define "nautilus.nodeEnv" -}}
{{- $heap := include "nautilus.memoryShareMi" (dict "resources" .resources "share" 0.75) -}}
- name: NODE_OPTIONS
  value: {{ printf "%s%s" (ternary "--max-semi-space-size=4" "" (eq .root.Values.profile "small")) (ternary "" (printf " --max-old-space-size=%s" $heap) (eq $heap "")) | trim | quote }}
{{- end -}}

{{/* Where the buses are. Argument: dict root buses (list of marketdata, logic, neural) user */}}
{{- define "nautilus.busEnv" -}}
{{- $ := . -}}
{{- $full := include "nautilus.fullname" .root -}}
{{- range (include "nautilus.redisServers" .root | fromJson).servers -}}
{{- if has .bus $.buses }}
- {name: {{ .env }}_REDIS_HOST, value: {{ include "nautilus.redisHost" (dict "root" $.root "server" .) | quote }}}
- {name: {{ .env }}_REDIS_PORT, value: {{ .port | quote }}}
{{- if $.root.Values.redisAuth.enabled }}
- {name: {{ .env }}_REDIS_USERNAME, value: {{ $.user }}}
- {name: {{ .env }}_REDIS_PASSWORD_FILE, value: /run/nautilus/redis/{{ .key }}}
{{- end }}
{{- if and (not .values.external.host) (gt (int .values.replicas) 1) }}
- {name: {{ .env }}_REDIS_MASTER, value: {{ .key }}}
- name: {{ .env }}_REDIS_SENTINELS
  value: {{ include "nautilus.sentinels" $.root | quote }}
- {name: {{ .env }}_REDIS_WAIT_REPLICAS, value: "1"}
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{/* host:port of each Sentinel, separated by commas. */}}
{{- define "nautilus.sentinels" -}}
{{- $full := include "nautilus.fullname" . -}}
{{- $hosts := list -}}
{{- range $i := until (int .Values.sentinel.replicas) -}}
{{- $hosts = append $hosts (printf "%s-redis-sentinel-%d:26379" $full $i) -}}
{{- end -}}
{{- join "," $hosts -}}
{{- end -}}

{{/* Argument: root */}}
{{- define "nautilus.databaseEnv" -}}
- {name: DATABASE_URL_FILE, value: /run/nautilus/database/url}
- {name: DATABASE_SSL_MODE, value: {{ .Values.database.sslMode }}}
{{- end -}}

{{/* What clients may send. Argument: root */}}
{{- define "nautilus.apiEnv" -}}
- {name: API_RATE_LIMIT, value: {{ .Values.api.rateLimit | toString | quote }}}
- {name: API_AUTH_MODE, value: {{ .Values.api.authMode }}}
- {name: NAUTILUS_SERVICE_TOKEN_FILE, value: /run/nautilus/service/token}
{{- with .Values.api.existingSecret }}
- {name: API_KEYS_FILE, value: /run/nautilus/api/api-keys}
{{- end }}
{{- with .Values.api.trustedProxies }}
- {name: TRUSTED_PROXIES, value: {{ join "," . | quote }}}
{{- end }}
{{- end -}}

{{/* The user's own variables. Argument: a map */}}
{{- define "nautilus.ownEnv" -}}
{{- range $name, $value := . }}
- {name: {{ $name }}, value: {{ $value | toString | quote }}}
{{- end }}
{{- end -}}

{{/* Secrets as files below /run/nautilus. Argument: dict root redis (list of keys) database service */}}
{{- define "nautilus.secretVolume" -}}
name: secrets
projected:
  defaultMode: 0440
  sources:
    {{- if and .redis .root.Values.redisAuth.enabled }}
    - secret:
        name: {{ include "nautilus.redisSecret" .root }}
        items:
          {{- range .redis }}
          - {key: {{ . }}, path: redis/{{ . }}}
          {{- end }}
    {{- end }}
    {{- if .database }}
    - secret:
        name: {{ include "nautilus.databaseSecret" .root }}
        items: [{key: url, path: database/url}]
    {{- end }}
    {{- if .service }}
    - secret:
        name: {{ include "nautilus.fullname" .root }}-service-token
        items: [{key: token, path: service/token}]
    {{- with .root.Values.api.existingSecret }}
    - secret:
        name: {{ . }}
        items: [{key: api-keys, path: api/api-keys}]
    {{- end }}
    {{- end }}
{{- end -}}
