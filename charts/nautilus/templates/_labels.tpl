{{/* What selectors use. Argument: dict root component */}}
{{- define "nautilus.selector" -}}
app.kubernetes.io/name: nautilus
app.kubernetes.io/instance: {{ .root.Release.Name | quote }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{/* The six labels of every object, and those that the user adds. Argument: dict root component */}}
{{- define "nautilus.labels" -}}
{{ include "nautilus.selector" . }}
app.kubernetes.io/part-of: nautilus
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{- with .root.Values.global.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Argument: dict root component name [annotations] */}}
{{- define "nautilus.metadata" -}}
name: {{ .name }}
namespace: {{ .root.Release.Namespace }}
labels:
  {{- include "nautilus.labels" . | nindent 2 }}
{{- with .annotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}
