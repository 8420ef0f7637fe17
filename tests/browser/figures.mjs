// Whether a report's text has the figures of 'smartcache stats --json', written as people read them.
const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

const bytes = value => {
    let unit = 0;
    for (; Math.abs(value) >= 1000 && unit < units.length - 1; unit++) value /= 1000;
    return unit === 0 ? `${value} B` : `${value.toFixed(1)} ${units[unit]}`;
};

const seconds = value => value < 60 ? `${value.toFixed(1)} s` : value < 3600 ? `${(value / 60).toFixed(1)} min` : value < 48 * 3600 ? `${(value / 3600).toFixed(1)} h` : `${(value / 86400).toFixed(1)} days`;

const sum = (list, of) => list.reduce((all, one) => all + of(one), 0);

export function figures(stats, text) {
    const page = text.replace(/\s+/g, ' ');
    const wanted = [];
    const { requests, layers, space, evictions, regrets, missReasons, history } = stats;
    wanted.push(history.events > 0 ? `${history.events} event` : 'The history has no event.');
    for (const { layer, all } of requests) {
        if (all.hitRate !== null) wanted.push(`${layer[0].toUpperCase()}${layer.slice(1)} ${(all.hitRate * 100).toFixed(1)} % of ${all.requests - all.bypassed}`);
    }
    const served = sum(requests, layer => layer.all.hits + layer.all.joined);
    const asked = sum(requests, layer => layer.all.requests - layer.all.bypassed);
    if (asked > 0) wanted.push(`Of ${asked} requests ${served} were served`);
    wanted.push(`Retries spared ${sum(requests, layer => layer.retries.hits + layer.retries.joined)} of ${sum(requests, layer => layer.retries.requests - layer.retries.bypassed)} stages`);
    wanted.push(`Work spared ${seconds(sum(requests, layer => layer.all.savedSeconds))} ${seconds(sum(requests, layer => layer.retries.savedSeconds))} of it in retries`);
    if (asked > 0) wanted.push(`Bytes not moved again ${bytes(sum(requests, layer => layer.all.savedBytes))}`);
    wanted.push(`Made again ${sum(regrets, one => one.entries)} of ${sum(evictions, one => one.entries)} entries that went; ${seconds(sum(regrets, one => one.costSeconds))} of work`);
    if (space.limitBytes !== null) wanted.push(`Space ${bytes(space.usedBytes)} of ${bytes(space.limitBytes)}, ${(space.usedShare * 100).toFixed(1)} %`);
    wanted.push(`Faults ${history.faults}`);
    for (const layer of layers) wanted.push(`${layer.layer} ${layer.entries} ${layer.layer === 'uploads' ? '–' : bytes(layer.bytes)}`);
    for (const one of evictions) wanted.push(`${one.layer}, ${one.limit} ${one.entries} ${bytes(one.bytes)}`);
    for (const one of missReasons) wanted.push(`${one.reason} ${sum(missReasons.filter(other => other.reason === one.reason), other => other.requests)} request`, `${one.layer} ${one.requests}`);
    return wanted.filter(figure => !page.includes(figure)).map(figure => `the page does not say "${figure}"`);
}
