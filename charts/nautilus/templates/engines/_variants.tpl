{{/*
The Deployments of one endpoint, as JSON {variants: [{suffix, component, replicas, tag, colour}]}. The plain one is also
the blue colour, so that a rolling engine becomes a blue-green one without a gap. Argument: dict endpoint settings
*/}}
{{- define "nautilus.variants" -}}
{{- $s := .settings -}}
{{- $component := .endpoint.component -}}
{{- $plain := dict "suffix" "" "component" $component "replicas" $s.replicas "tag" $s.tags.stable "colour" "" -}}
{{- $list := list -}}
{{- if eq $s.rollout "blueGreen" -}}
{{- range $colour := list "blue" "green" -}}
{{- if or (eq $colour $s.activeColour) $s.idleColour -}}
{{- $suffix := ternary "" "-green" (eq $colour "blue") -}}
{{- $list = append $list (dict "suffix" $suffix "component" (printf "%s%s" $component $suffix) "replicas" $s.replicas "tag" (get $s.tags $colour) "colour" $colour) -}}
{{- end -}}
{{- end -}}
{{- else -}}
{{- $list = append $list $plain -}}
{{- if and (eq $s.rollout "canary") (gt (int $s.canaryReplicas) 0) -}}
{{- $list = append $list (dict "suffix" "-canary" "component" (printf "%s-canary" $component) "replicas" $s.canaryReplicas "tag" $s.tags.canary "colour" "canary") -}}
{{- end -}}
{{- end -}}
{{- dict "variants" $list | toJson -}}
{{- end -}}

{{/* The component that the endpoint's Service selects. Argument: dict endpoint settings */}}
{{- define "nautilus.servedComponent" -}}
{{- .endpoint.component -}}
{{- if and (eq .settings.rollout "blueGreen") (eq .settings.activeColour "green") -}}-green{{- end -}}
{{- end -}}
