{{/* An image behind the registry of global.imageRegistry. Argument: dict root image */}}
{{- define "nautilus.image" -}}
{{- with .root.Values.global.imageRegistry -}}{{ . | trimSuffix "/" }}/{{- end -}}{{ .image }}
{{- end -}}

{{/* An image of Nautilus. Argument: dict root name [tag] */}}
{{- define "nautilus.ownImage" -}}
{{- $override := get .root.Values.image.overrides .name -}}
{{- $tag := .tag | default .root.Values.image.tag | default .root.Chart.AppVersion -}}
{{- if $override -}}{{ $override }}{{- else -}}
{{- include "nautilus.image" (dict "root" .root "image" (printf "%s:%s" .name $tag)) -}}
{{- end -}}
{{- end -}}
