{{/* The one pod outside the restricted standard: the kubelet's folder belongs to root. Argument: dict root name */}}
{{- define "nautilus.devicePluginPod" -}}
{{- with .root.Values.global.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
serviceAccountName: {{ .name }}
automountServiceAccountToken: false
enableServiceLinks: false
priorityClassName: system-node-critical
terminationGracePeriodSeconds: 45
securityContext:
  runAsUser: 0
  runAsGroup: 0
  seccompProfile: {type: RuntimeDefault}
{{- with .root.Values.devicePlugin.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
tolerations:
  - {key: node-role.kubernetes.io/control-plane, operator: Exists, effect: NoSchedule}
  {{- with .root.Values.devicePlugin.tolerations }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}

{{- define "nautilus.devicePluginSecurity" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
{{- end -}}
