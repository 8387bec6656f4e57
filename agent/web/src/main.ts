// SPDX-License-Identifier: MulanPSL-2.0
import 'element-plus/dist/index.css'
import './style/base.css'
import { createApp } from 'vue'
import App from './App.vue'
import { router } from './router'

document.documentElement.dataset.size = localStorage.getItem('huce.size') ?? 'normal'
createApp(App).use(router).mount('#app')
