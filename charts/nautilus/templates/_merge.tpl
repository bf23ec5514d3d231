{{/*
Settings of one form of an engine, as JSON: engineDefaults, then the family, then the form. Maps merge, lists replace,
and a value that is present counts, zero and false too. Argument: dict root family form
*/}}
{{- define "nautilus.engineSettings" -}}
{{- $family := get .root.Values.engines .family | default dict -}}
{{- $form := get $family .form | default dict -}}
{{- $settings := mergeOverwrite (deepCopy .root.Values.engineDefaults) (deepCopy (omit $family "dual" "triple" "resources")) (deepCopy (omit $form "resources")) -}}
{{- $standard := mergeOverwrite (deepCopy .root.Values.engineDefaults.resources) (deepCopy ($family.resources | default dict)) -}}
{{- $resources := include "nautilus.resources" (dict "root" .root "standard" $standard "own" ($form.resources | default dict)) | fromJson -}}
{{- set $settings "resources" $resources | toJson -}}
{{- end -}}

{{/* The endpoints that are built, as JSON {endpoints: [{family, form, component, engine, port, image, needs, …}]}. */}}
{{- define "nautilus.endpoints" -}}
{{- $list := list -}}
{{- range $family, $engine := (.Files.Get "files/engines.yaml" | fromYaml).engines -}}
{{- range $form, $at := $engine.forms -}}
{{- $list = append $list (merge (dict "family" $family "form" $form) $at (omit $engine "forms")) -}}
{{- end -}}
{{- end -}}
{{- dict "endpoints" $list | toJson -}}
{{- end -}}
