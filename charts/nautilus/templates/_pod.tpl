{{/*
Everything of a pod that is the same for all. Argument: dict
  root component  block        the values block: nodeSelector, tolerations, affinity
  user                         numeric user and group
  serviceAccount  token        whether the pod gets a token of the API server
  spread                       true spreads replicas over nodes and zones
*/}}
{{- define "nautilus.pod" -}}
{{- with .root.Values.global.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
serviceAccountName: {{ .serviceAccount }}
automountServiceAccountToken: {{ .token | default false }}
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: {{ .user | int }}
  runAsGroup: {{ .user | int }}
  fsGroup: {{ .user | int }}
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile:
    type: RuntimeDefault
  {{- with .sysctls }}
  sysctls:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- with .block.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .block.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .block.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- if .spread }}
topologySpreadConstraints:
  {{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
  - maxSkew: 1
    topologyKey: {{ . }}
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "nautilus.selector" $ | nindent 8 }}
  {{- end }}
{{- end }}
{{- end -}}

{{- define "nautilus.containerSecurity" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  runAsNonRoot: true
  capabilities:
    drop: [ALL]
  seccompProfile:
    type: RuntimeDefault
{{- end -}}

{{/* A ServiceAccount without rights. Argument: dict root component name */}}
{{- define "nautilus.serviceAccount" -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  {{- include "nautilus.metadata" . | nindent 2 }}
automountServiceAccountToken: false
{{- end -}}
