// Looks at a report in a headless Chromium: node report.mjs PAGE [--stats FILE] [--pictures DIRECTORY]
// At 1280 px light and 390 px dark, folded and unfolded: nothing on the console, no request, no text that is clipped, overlaps another one or has too little contrast, a name and a
// description for each chart. With --stats the figures are those of 'smartcache stats --json'. Prints what is wrong, a line each, and ends with 1 then.
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Chromium } from './chromium.mjs';
import { findings } from './geometry.mjs';
import { figures } from './figures.mjs';

const [page, ...options] = process.argv.slice(2);
const option = name => options.includes(name) ? options[options.indexOf(name) + 1] : null;
const [statistics, pictures] = [option('--stats'), option('--pictures')];
const wrong = [];
const browser = new Chromium();
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => { browser.end(); process.exit(1); });

async function look(name, width, height, scheme) {
    const say = text => wrong.push(`${name}: ${text}`);
    const { targetId } = await browser.send('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await browser.send('Target.attachToTarget', { targetId, flatten: true });
    const send = (method, params) => browser.send(method, params, sessionId);
    const url = pathToFileURL(resolve(page)).href;
    browser.listen(event => {
        if (event.sessionId !== sessionId) return;
        if (event.method === 'Runtime.consoleAPICalled') say(`console: ${JSON.stringify(event.params.args.map(argument => argument.value))}`);
        if (event.method === 'Runtime.exceptionThrown') say(`exception: ${event.params.exceptionDetails.text}`);
        if (event.method === 'Log.entryAdded') say(`log: ${event.params.entry.text}`);
        if (event.method === 'Network.requestWillBeSent' && event.params.request.url !== url && !event.params.request.url.startsWith('data:')) say(`request: ${event.params.request.url}`);
    });
    for (const domain of ['Page', 'Runtime', 'Log', 'Network', 'Accessibility', 'DOM']) await send(`${domain}.enable`);
    await send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: width < 600 });
    await send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }] });
    const loaded = browser.once('Page.loadEventFired', sessionId);
    await send('Page.navigate', { url });
    await loaded;
    const evaluate = async expression => {
        const { result, exceptionDetails } = await send('Runtime.evaluate', { expression, returnByValue: true });
        if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
        return result.value;
    };
    if (pictures) await picture(send, evaluate, name, width);
    for (const found of await evaluate(`(${findings})()`)) say(found);
    await names(send, evaluate, say);
    await evaluate(`for (const folded of document.querySelectorAll('details')) folded.open = true`);
    for (const found of await evaluate(`(${findings})()`)) say(`unfolded: ${found}`);
    if (statistics) for (const found of figures(JSON.parse(readFileSync(statistics, 'utf8')), await evaluate('document.body.innerText'))) say(found);
    await browser.send('Target.closeTarget', { targetId });
}

async function names(send, evaluate, say) {
    const { nodes } = await send('Accessibility.getFullAXTree');
    const charts = nodes.filter(node => !node.ignored && ['image', 'img'].includes(node.role?.value));
    const drawn = await evaluate(`document.querySelectorAll('svg[role=img]').length`);
    if (charts.length !== drawn) say(`${drawn} charts are drawn, and ${charts.length} can be said`);
    for (const chart of charts) {
        if (!chart.name?.value) say('a chart has no name');
        if (!chart.description?.value) say(`the chart '${chart.name?.value}' has no description`);
    }
    if (new Set(charts.map(chart => chart.name?.value)).size !== charts.length) say('two charts have the same name');
    const tables = nodes.filter(node => !node.ignored && node.role?.value === 'table');
    if (tables.some(table => !table.name?.value)) say('a table has no name');
}

async function picture(send, evaluate, name, width) {
    const shot = async (file, height) => {
        const { data } = await send('Page.captureScreenshot', { format: 'png', captureBeyondViewport: true, clip: { x: 0, y: 0, width, height, scale: 1 } });
        writeFileSync(join(pictures, file), Buffer.from(data, 'base64'));
    };
    const whole = await evaluate('document.documentElement.scrollHeight');
    await shot(`${name}-whole.png`, whole);
    // Whole sections, so many that the picture stays small.
    const sections = await evaluate(`[...document.querySelectorAll('h2')].map(heading => heading.getBoundingClientRect().top)`);
    await shot(`${name}.png`, Math.floor(sections[width < 600 ? 1 : 2] ?? whole) - 20);
}

// A page that never loads says nothing.
setTimeout(() => { console.error('The page did not come to its end within 90 s.'); browser.end(); process.exit(1); }, 90_000).unref();
let failed = true;
try {
    await look('report-light', 1280, 900, 'light');
    await look('report-dark', 390, 844, 'dark');
    failed = wrong.length > 0;
} catch (error) {
    console.error(error.stack);
} finally {
    browser.end();
}
for (const line of wrong) console.log(line);
process.exit(failed ? 1 : 0);
