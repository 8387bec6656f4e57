// SPDX-License-Identifier: MulanPSL-2.0
// Addresses name pages, types and record numbers; never a name or what somebody searched for, since a
// browser keeps them where no PIN guards.
import { createRouter, createWebHashHistory } from 'vue-router'

export const router = createRouter({
  history: createWebHashHistory(),
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
  routes: [
    { path: '/', component: () => import('./pages/home/HomePage.vue') },
    { path: '/list/:type', component: () => import('./pages/list/ListPage.vue'), props: true },
    { path: '/new/:type', component: () => import('./pages/record/NewPage.vue'), props: true },
    { path: '/record/household/:id', component: () => import('./pages/household/HouseholdPage.vue'), props: true },
    { path: '/record/:type/:id', component: () => import('./pages/record/RecordPage.vue'), props: true },
    { path: '/types', component: () => import('./pages/list/TypesPage.vue') },
    { path: '/conflicts', component: () => import('./pages/conflicts/ConflictsPage.vue') },
    { path: '/ruled', component: () => import('./pages/conflicts/ConflictsPage.vue'), props: { reported: true } },
    { path: '/returned', component: () => import('./pages/returned/ReturnedPage.vue') },
    { path: '/duplicates', component: () => import('./pages/duplicates/DuplicatesPage.vue') },
    { path: '/drafts', component: () => import('./pages/drafts/DraftsPage.vue') },
    { path: '/report', component: () => import('./pages/reports/ReportsPage.vue') },
    { path: '/report/:name', component: () => import('./pages/reports/ReportsPage.vue'), props: true },
    { path: '/units', component: () => import('./pages/units/UnitsPage.vue') },
    { path: '/dispatch/:type', component: () => import('./pages/units/DispatchPage.vue'), props: true },
    { path: '/audit', component: () => import('./pages/audit/AuditPage.vue') },
    { path: '/charts', component: () => import('./pages/charts/ChartsPage.vue') },
    { path: '/figure/:report/:column', component: () => import('./pages/charts/FigurePage.vue'), props: true },
    { path: '/import', component: () => import('./pages/imports/ImportPage.vue') },
    { path: '/import/:type', component: () => import('./pages/imports/ImportPage.vue'), props: true },
    { path: '/sticks', component: () => import('./pages/sticks/SticksPage.vue') },
    { path: '/print/household/:id', component: () => import('./pages/print/PlanCard.vue'), props: true },
    { path: '/print/request/:id', component: () => import('./pages/print/RequestReceipt.vue'), props: true },
    { path: '/print/notice/:notice', component: () => import('./pages/print/PublicList.vue'), props: true },
    { path: '/print/list/:type', component: () => import('./pages/print/PublicList.vue'), props: true },
    { path: '/print/doors', component: () => import('./pages/print/DoorPlates.vue') },
    { path: '/pictures', component: () => import('./pages/pictures/PicturesPage.vue') },
    { path: '/pictures/:type/:id', component: () => import('./pages/pictures/PicturesPage.vue'), props: true },
    { path: '/me', component: () => import('./pages/me/MePage.vue') },
    { path: '/changes', component: () => import('./pages/changes/ChangesPage.vue') },
    { path: '/:rest(.*)', redirect: '/' },
  ],
})
