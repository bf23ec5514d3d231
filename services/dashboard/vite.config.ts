import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// In production the dashboard server (port 3000) does this forwarding; the dev server repeats it.
const gateway = 'http://localhost:8001';

export default defineConfig({
  plugins: [react()],
  build: { outDir: 'dist', emptyOutDir: true, sourcemap: false, target: 'es2023', assetsInlineLimit: 0 },
  server: {
    port: 3000,
    proxy: {
      '/api/websocket': { target: gateway, ws: true },
      '/api': gateway,
      '/neural-gpu-bus': gateway,
    },
  },
});
