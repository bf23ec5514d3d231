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

{{/*
The endpoints that are built and switched on, as JSON {endpoints: [{family, form, component, suffix, engine, port,
architecture, image, singleton, needs, settings}]}.
*/}}
{{- define "nautilus.endpoints" -}}
{{- $root := . -}}
{{- $list := list -}}
{{- range $family, $engine := (.Files.Get "files/engines.yaml" | fromYaml).engines -}}
{{- range $form, $at := $engine.forms -}}
{{- $settings := include "nautilus.engineSettings" (dict "root" $root "family" $family "form" $form) | fromJson -}}
{{- if $settings.enabled -}}
{{- $list = append $list (merge (dict "family" $family "form" $form "settings" $settings) $at (omit $engine "forms")) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- dict "endpoints" $list | toJson -}}
{{- end -}}
