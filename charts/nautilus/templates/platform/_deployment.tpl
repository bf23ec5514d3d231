{{/*
The Deployment, Service and ServiceAccount of a platform part that is one process of ours. Argument: dict
  root component name block port   values block and port
  env ports volumes mounts         further YAML of the container and the pod, as texts
  buses user redis database        what it connects to: buses, Redis user, keys of passwords, whether the database
  token rules                      whether it talks to the API server, and the rules of its Role, as text
  sysctls serviceType              further pod and Service settings
  annotations                      map of pod annotations
*/}}
{{- define "nautilus.platformPart" -}}
{{- $labels := dict "root" .root "component" .component -}}
{{- $resources := include "nautilus.resources" (dict "root" .root "standard" dict "own" .block.resources) | fromJson -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  {{- include "nautilus.metadata" (merge (dict "name" .name) $labels) | nindent 2 }}
spec:
  replicas: {{ int .block.replicas }}
  revisionHistoryLimit: 5
  strategy:
    type: RollingUpdate
    rollingUpdate: {maxUnavailable: 0, maxSurge: 1}
  selector:
    matchLabels:
      {{- include "nautilus.selector" $labels | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "nautilus.labels" $labels | nindent 8 }}
      {{- with merge (deepCopy .block.podAnnotations) (.annotations | default dict) }}
      annotations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
    spec:
      {{- include "nautilus.pod" (dict "root" .root "component" .component "block" .block "user" 1000 "serviceAccount" .name "token" .token "sysctls" .sysctls "spread" (gt (int .block.replicas) 1)) | nindent 6 }}
      terminationGracePeriodSeconds: 45
      containers:
        - name: {{ .component }}
          image: {{ include "nautilus.ownImage" (dict "root" .root "name" (printf "nautilus-%s" .component)) }}
          imagePullPolicy: {{ .root.Values.image.pullPolicy }}
          {{- include "nautilus.containerSecurity" . | nindent 10 }}
          ports:
            - {name: http, containerPort: {{ .port }}}
            {{- with .ports }}
            {{- . | nindent 12 }}
            {{- end }}
          env:
            {{- include "nautilus.nodeEnv" (dict "root" .root "resources" $resources) | nindent 12 }}
            {{- with .buses }}
            {{- include "nautilus.busEnv" (dict "root" $.root "buses" . "user" "engine") | trim | nindent 12 }}
            {{- end }}
            {{- if .database }}
            {{- include "nautilus.databaseEnv" .root | nindent 12 }}
            {{- end }}
            {{- if .service }}
            {{- include "nautilus.apiEnv" .root | nindent 12 }}
            {{- end }}
            {{- with .env }}
            {{- . | nindent 12 }}
            {{- end }}
            {{- with .block.env }}
            {{- include "nautilus.ownEnv" . | trim | nindent 12 }}
            {{- end }}
          {{- include "nautilus.probes" (dict "port" .port) | nindent 10 }}
          resources:
            {{- toYaml $resources | nindent 12 }}
          volumeMounts:
            - {name: tmp, mountPath: /tmp}
            {{- if or .redis .database .service }}
            - {name: secrets, mountPath: /run/nautilus, readOnly: true}
            {{- end }}
            {{- with .mounts }}
            {{- . | nindent 12 }}
            {{- end }}
      volumes:
        - name: tmp
          emptyDir: {}
        {{- if or .redis .database .service }}
        - {{- include "nautilus.secretVolume" (dict "root" .root "redis" .redis "database" .database "service" .service) | nindent 10 }}
        {{- end }}
        {{- with .volumes }}
        {{- . | nindent 8 }}
        {{- end }}
---
apiVersion: v1
kind: Service
metadata:
  {{- include "nautilus.metadata" (merge (dict "name" .name) $labels) | nindent 2 }}
spec:
  type: {{ .serviceType | default "ClusterIP" }}
  selector:
    {{- include "nautilus.selector" $labels | nindent 4 }}
  ports:
    - {name: http, port: {{ .port }}, targetPort: http}
    {{- with .servicePorts }}
    {{- . | nindent 4 }}
    {{- end }}
---
{{ include "nautilus.serviceAccount" (merge (dict "name" .name) $labels) }}
{{- with .rules }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  {{- include "nautilus.metadata" (merge (dict "name" $.name) $labels) | nindent 2 }}
rules:
  {{- . | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  {{- include "nautilus.metadata" (merge (dict "name" $.name) $labels) | nindent 2 }}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: {{ $.name }}}
subjects:
  - {kind: ServiceAccount, name: {{ $.name }}, namespace: {{ $.root.Release.Namespace }}}
{{- end }}
{{- if gt (int .block.replicas) 1 }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  {{- include "nautilus.metadata" (merge (dict "name" .name) $labels) | nindent 2 }}
spec:
  unhealthyPodEvictionPolicy: AlwaysAllow
  maxUnavailable: 1
  selector:
    matchLabels:
      {{- include "nautilus.selector" $labels | nindent 6 }}
{{- end }}
{{- end -}}
