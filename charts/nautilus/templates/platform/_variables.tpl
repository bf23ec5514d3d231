{{- define "nautilus.gatewayEnv" }}
{{- $full := include "nautilus.fullname" . -}}
- {name: GATEWAY_ENGINE_HOST, value: "{{ $full }}-{service}"}
- {name: GATEWAY_CANARY_FILE, value: /run/nautilus-canary/weights.json}
- {name: REDIS_HOST, value: {{ $full }}-redis}
{{- if .Values.redisAuth.enabled }}
- {name: REDIS_USERNAME, value: bridge}
- {name: REDIS_PASSWORD_FILE, value: /run/nautilus/redis/main}
{{- end }}
{{- if gt (int .Values.gateway.replicas) 1 }}
- {name: NAUTILUS_LEASE_NAME, value: {{ $full }}-audit-bridge}
{{- end }}
{{- if .Values.tls.enabled }}
- {name: NAUTILUS_TLS_PORT, value: "443"}
- {name: NAUTILUS_TLS_CERT_FILE, value: /run/nautilus-tls/tls.crt}
- {name: NAUTILUS_TLS_KEY_FILE, value: /run/nautilus-tls/tls.key}
{{- end }}
{{- end }}

{{- define "nautilus.canaryWeights" }}
{{- $root := . }}
{{- $weights := dict }}
{{- range $endpoint := (include "nautilus.endpoints" . | fromJson).endpoints }}
{{- $s := .settings }}
{{- if and (eq $s.rollout "canary") (gt (int $s.canaryReplicas) 0) }}
{{- $_ := set $weights .suffix (int $s.canaryWeight) }}
{{- end }}
{{- end }}
{{- $weights | toJson }}
{{- end }}

{{- define "nautilus.exporterEnv" }}
{{- $root := . }}
{{- $full := include "nautilus.fullname" . -}}
{{- $targets := list -}}
{{- range (include "nautilus.redisServers" . | fromJson).servers -}}
{{- $targets = append $targets (printf "localhost:%d=%s:%d" (int .port) (include "nautilus.redisHost" (dict "root" $root "server" .)) (int .port)) -}}
{{- end -}}
- name: REDIS_EXPORTER_TARGETS
  value: {{ join "," $targets | quote }}
{{- if .Values.redisAuth.enabled }}
- {name: REDIS_EXPORTER_USERNAME, value: exporter}
- {name: REDIS_EXPORTER_PASSWORD_DIR, value: /run/nautilus/redis}
{{- end }}
{{- if include "nautilus.anyReplicated" . }}
- {name: REDIS_EXPORTER_LABEL_ROLES, value: "1"}
- {name: REDIS_EXPORTER_POD_SELECTOR, value: "app.kubernetes.io/instance={{ .Release.Name }},nautilus.io/redis"}
{{- end }}
{{- end }}
