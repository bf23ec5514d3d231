{{/*
Resources as JSON. Requests merge over the standard's key by key; a missing limit is the standard's, raised to the
request. A name with a slash is an extended resource: dropped while hardware.enabled is false, else renamed and put
equally into requests and limits, because the API server refuses anything else.
Argument: dict root standard own
*/}}
{{- define "nautilus.resources" -}}
{{- $hardware := .root.Values.hardware -}}
{{- $own := .own | default dict -}}
{{- $requests := mergeOverwrite (deepCopy (.standard.requests | default dict)) (deepCopy ($own.requests | default dict)) -}}
{{- $given := $own.limits | default dict -}}
{{- $limits := mergeOverwrite (deepCopy (.standard.limits | default dict)) (deepCopy $given) -}}
{{- $plain := dict "requests" dict "limits" dict -}}
{{- range $name, $amount := $limits -}}
{{- if not (contains "/" $name) -}}{{- $_ := set $plain.limits $name $amount -}}{{- end -}}
{{- end -}}
{{- range $name, $amount := $requests -}}
{{- if contains "/" $name -}}
{{- if $hardware.enabled -}}
{{- $real := get $hardware.resourceMap $name | default $name -}}
{{- $_ := set $plain.requests $real $amount -}}
{{- $_ := set $plain.limits $real $amount -}}
{{- end -}}
{{- else -}}
{{- $_ := set $plain.requests $name $amount -}}
{{- if and (hasKey $plain.limits $name) (not (hasKey $given $name)) -}}
{{- $request := include "nautilus.quantity" $amount | float64 -}}
{{- if lt (include "nautilus.quantity" (get $plain.limits $name) | float64) $request -}}
{{- $_ := set $plain.limits $name $amount -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if $hardware.enabled -}}
{{- range $name, $amount := $given -}}
{{- if contains "/" $name -}}
{{- $real := get $hardware.resourceMap $name | default $name -}}
{{- if not (hasKey $plain.limits $real) -}}
{{- $_ := set $plain.requests $real $amount -}}
{{- $_ := set $plain.limits $real $amount -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range $kind := list "requests" "limits" -}}
{{- if not (get $plain $kind) -}}{{- $_ := unset $plain $kind -}}{{- end -}}
{{- end -}}
{{- $plain | toJson -}}
{{- end -}}

{{/* A quantity of Kubernetes as a plain number: "250m" 0.25, "1Gi" 1073741824. */}}
{{- define "nautilus.quantity" -}}
{{- $text := . | toString -}}
{{- $units := dict "m" 0.001 "k" 1000.0 "M" 1000000.0 "G" 1000000000.0 "T" 1000000000000.0 "Ki" 1024.0 "Mi" 1048576.0 "Gi" 1073741824.0 "Ti" 1099511627776.0 -}}
{{- $unit := regexFind "[a-zA-Z]+$" $text -}}
{{- mulf (trimSuffix $unit $text | float64) (get $units $unit | default 1.0) -}}
{{- end -}}

{{/* MiB of a memory limit times a share, as a whole number; empty without a limit. Argument: dict resources share */}}
{{- define "nautilus.memoryShareMi" -}}
{{- with (.resources.limits | default dict).memory -}}
{{- divf (mulf (include "nautilus.quantity" .) $.share) 1048576 | floor | int64 -}}
{{- end -}}
{{- end -}}

{{/* Bytes that Redis may use: the smaller of the setting ("8gb") and 75 % of the limit. Argument: dict values resources */}}
{{- define "nautilus.maxmemoryBytes" -}}
{{- $units := dict "kb" 1024.0 "mb" 1048576.0 "gb" 1073741824.0 -}}
{{- $text := .values.maxmemory | toString | lower -}}
{{- $unit := regexFind "[a-z]+$" $text -}}
{{- $wanted := mulf (trimSuffix $unit $text | float64) (get $units $unit | default 1.0) -}}
{{- $limit := (.resources.limits | default dict).memory -}}
{{- if $limit -}}
{{- $share := mulf (include "nautilus.quantity" $limit) 0.75 -}}
{{- min ($wanted | int64) ($share | int64) -}}
{{- else -}}
{{- $wanted | int64 -}}
{{- end -}}
{{- end -}}
