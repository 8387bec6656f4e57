// SPDX-License-Identifier: MulanPSL-2.0
import 'element-plus/dist/index.css'
import './style/base.css'
import { createApp } from 'vue'
import App from './App.vue'
import { asLists } from './core/popper'
import { router } from './router'

document.documentElement.dataset.size = localStorage.getItem('huce.size') ?? 'normal'
asLists(document.body)
createApp(App).use(router).mount('#app')
