import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// In production the dashboard server (port 3000) does this forwarding; the dev server repeats it.
const gateway = 'http://localhost:8001';

export default defineConfig({
  plugins: [react()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    sourcemap: false,
    target: 'es2023',
    assetsInlineLimit: 0,
    rolldownOptions: {
      // Of the model only the topic table is used here; its schemas would bring their whole library along.
      treeshake: { moduleSideEffects: (id) => !id.includes('/libs/model/') && !id.includes('/node_modules/zod/') },
    },
  },
  server: {
    port: 3000,
    proxy: {
      '/api/websocket': { target: gateway, ws: true },
      '/api': gateway,
      '/neural-gpu-bus': gateway,
    },
  },
});
