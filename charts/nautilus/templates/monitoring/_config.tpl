{{- define "nautilus.prometheusConfig" -}}
{{- $root := . -}}
{{- $full := include "nautilus.fullname" . -}}
{{- $platform := list -}}
{{- if .Values.gateway.enabled }}{{ $platform = append $platform (list "gateway" 8001) }}{{ end -}}
{{- if .Values.neuralGpu.enabled }}{{ $platform = append $platform (list "neural-gpu" 8050) }}{{ end -}}
{{- if .Values.dashboard.enabled }}{{ $platform = append $platform (list "dashboard" 3000) }}{{ end -}}
{{- if .Values.monitoring.grafana.enabled }}{{ $platform = append $platform (list "grafana" 3002) }}{{ end -}}
global:
  scrape_interval: 15s
  evaluation_interval: 15s
rule_files: [/etc/prometheus/nautilus_rules.yml]
scrape_configs:
  # One static target per endpoint, so that a Deployment without pods gives up == 0; samples come from the pods below.
  - job_name: nautilus-engines
    scrape_interval: 5s
    scrape_timeout: 4s
    static_configs:
      {{- range $endpoint := (include "nautilus.endpoints" . | fromJson).endpoints }}
      {{- $s := .settings }}
      - targets: ["{{ $full }}-{{ .suffix }}:{{ .port }}"]
        labels: {instance: "localhost:{{ .port }}"}
      {{- end }}
    metric_relabel_configs:
      - {source_labels: [__name__], regex: "up|scrape_.*", action: keep}
  - job_name: nautilus-engine-pods
    scrape_interval: 5s
    scrape_timeout: 4s
    kubernetes_sd_configs:
      - role: pod
        namespaces: {own_namespace: true}
        selectors:
          - {role: pod, label: "app.kubernetes.io/instance={{ .Release.Name }},nautilus.io/endpoint"}
    relabel_configs:
      - {source_labels: [__meta_kubernetes_pod_phase], regex: Running, action: keep}
      - {target_label: job, replacement: nautilus-engines}
      - {source_labels: [__meta_kubernetes_pod_container_port_number], regex: "(.+)", target_label: instance, replacement: "localhost:$1"}
      - {source_labels: [__meta_kubernetes_pod_name], target_label: pod}
      - {source_labels: [__meta_kubernetes_pod_label_nautilus_io_engine], target_label: engine}
      - {source_labels: [__meta_kubernetes_pod_label_nautilus_io_architecture], target_label: architecture}
  - job_name: redis-buses
    static_configs:
      - targets: ["localhost:6380", "localhost:6381", "localhost:6382"]
    relabel_configs:
      - {source_labels: [__address__], target_label: __param_target}
      - {source_labels: [__address__], target_label: instance}
      - {target_label: __address__, replacement: "{{ $full }}-redis-exporter:9121"}
  - job_name: nautilus-platform
    static_configs:
      {{- range $platform }}
      - targets: ["{{ $full }}-{{ index . 0 }}:{{ index . 1 }}"]
        labels: {instance: "localhost:{{ index . 1 }}", part: {{ index . 0 }}}
      {{- end }}
      - targets: ["localhost:9090"]
        labels: {part: prometheus}
  # The main Redis answers through the exporter, as the buses do.
  - job_name: nautilus-main-redis
    static_configs:
      - targets: ["localhost:6379"]
    relabel_configs:
      - {source_labels: [__address__], target_label: __param_target}
      - {source_labels: [__address__], target_label: instance}
      - {target_label: job, replacement: nautilus-platform}
      - {target_label: part, replacement: redis}
      - {target_label: __address__, replacement: "{{ $full }}-redis-exporter:9121"}
{{- end -}}
