{{/*
Names begin with the release's name alone: "nautilus" gives nautilus-vpin-engine, and two releases have no name in
common. 30 characters leave room for the longest ending below the 52 of a StatefulSet.
*/}}
{{- define "nautilus.fullname" -}}
{{- if gt (len .Release.Name) 30 -}}
{{- printf "%s-%s" (.Release.Name | trunc 21 | trimSuffix "-") (.Release.Name | sha256sum | trunc 8) -}}
{{- else -}}
{{- .Release.Name -}}
{{- end -}}
{{- end -}}

{{/* The four servers, as a list of {key, bus, value, suffix, port, env, appendonly, replicas}. */}}
{{- define "nautilus.redisServers" -}}
{{- $v := .Values -}}
{{- $list := list
  (dict "key" "marketdata" "suffix" "marketdata-redis" "port" 6380 "env" "MARKETDATA" "bus" "marketdata" "durable" true "values" $v.triplebus.marketdataBus)
  (dict "key" "engine-logic" "suffix" "engine-logic-redis" "port" 6381 "env" "ENGINE_LOGIC" "bus" "logic" "durable" true "values" $v.triplebus.engineLogicBus)
  (dict "key" "neural-gpu" "suffix" "neural-gpu-redis" "port" 6382 "env" "NEURAL_GPU" "bus" "neural" "durable" false "values" $v.triplebus.neuralGpuBus)
  (dict "key" "main" "suffix" "redis" "port" 6379 "env" "" "bus" "main" "durable" true "values" (merge (dict "replicas" 1 "external" (dict "host" "")) (deepCopy $v.mainRedis)))
-}}
{{- dict "servers" $list | toJson -}}
{{- end -}}

{{/* "true" when a bus runs in the release with replicas, so that Sentinels watch it. */}}
{{- define "nautilus.anyReplicated" -}}
{{- range (include "nautilus.redisServers" . | fromJson).servers -}}
{{- if and (not .values.external.host) (gt (int .values.replicas) 1) -}}true{{- end -}}
{{- end -}}
{{- end -}}

{{/* Host of a Redis server inside the cluster. Argument: dict root server */}}
{{- define "nautilus.redisHost" -}}
{{- if .server.values.external.host -}}{{ .server.values.external.host }}{{- else -}}{{ include "nautilus.fullname" .root }}-{{ .server.suffix }}{{- end -}}
{{- end -}}

{{- define "nautilus.databaseHost" -}}
{{- if .Values.database.external.host -}}{{ .Values.database.external.host }}{{- else -}}{{ include "nautilus.fullname" . }}-postgres{{- end -}}
{{- end -}}

{{- define "nautilus.databaseSecret" -}}
{{- .Values.database.existingSecret | default (printf "%s-database" (include "nautilus.fullname" .)) -}}
{{- end -}}

{{- define "nautilus.redisSecret" -}}
{{- .Values.redisAuth.existingSecret | default (printf "%s-redis-auth" (include "nautilus.fullname" .)) -}}
{{- end -}}

{{/* The class if the cluster has it or cannot be asked, else the cluster's default. */}}
{{- define "nautilus.storageClass" -}}
{{- $name := .Values.global.storageClass -}}
{{- if $name -}}
{{- $known := (lookup "storage.k8s.io/v1" "StorageClass" "" "").items | default list -}}
{{- if not $known -}}
storageClassName: {{ $name | quote }}
{{- else -}}
{{- range $known }}{{ if eq .metadata.name $name }}storageClassName: {{ $name | quote }}{{ end }}{{ end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Host of each Sentinel, separated by blanks: for scripts. */}}
{{- define "nautilus.sentinelHosts" -}}
{{- $name := printf "%s-redis-sentinel" (include "nautilus.fullname" .) -}}
{{- $hosts := list -}}
{{- range $i := until (int .Values.sentinel.replicas) -}}
{{- $hosts = append $hosts (printf "%s-%d.%s.svc" $name $i $.Release.Namespace) -}}
{{- end -}}
{{- join " " $hosts -}}
{{- end -}}

{{/*
One Service per pod of a StatefulSet, under the pod's name. Redis and Sentinel know each other by these names: the name of
a pod in a headless Service is gone while the pod is, and a Sentinel that waits for the resolver does nothing else meanwhile
(it calls that tilt and stands still for half a minute).
Takes root, name, replicas, labels, port {name, port}.
*/}}
{{- define "nautilus.podServices" -}}
{{- range $i := until (int .replicas) }}
---
apiVersion: v1
kind: Service
metadata:
  {{- include "nautilus.metadata" (merge (dict "name" (printf "%s-%d" $.name $i)) $.labels) | nindent 2 }}
spec:
  # It must be reachable before it is ready: it looks for its primary by then.
  publishNotReadyAddresses: true
  selector:
    {{- include "nautilus.selector" $.labels | nindent 4 }}
    statefulset.kubernetes.io/pod-name: {{ $.name }}-{{ $i }}
  ports:
    - {name: {{ $.port.name }}, port: {{ $.port.port }}, targetPort: {{ $.port.name }}}
{{- end }}
{{- end -}}
