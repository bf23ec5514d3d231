{{/* Probes of a process of ours. Argument: dict port */}}
{{- define "nautilus.probes" -}}
startupProbe:
  httpGet: {path: /health/live, port: {{ .port }}}
  periodSeconds: 2
  failureThreshold: 30
livenessProbe:
  httpGet: {path: /health/live, port: {{ .port }}}
  periodSeconds: 10
  failureThreshold: 3
  {{- /* As long as the period: on a node without spare time an engine is slow, and a restart makes that worse. */}}
  timeoutSeconds: 10
readinessProbe:
  httpGet: {path: "/health/ready?scope=traffic", port: {{ .port }}}
  periodSeconds: 5
  timeoutSeconds: 3
{{- end -}}
