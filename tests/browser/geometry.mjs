// Runs in the page, as text: what is clipped, overlaps or can hardly be read. It sees only what is shown.
export function findings() {
    const found = [];
    const slack = 1;
    const name = node => JSON.stringify(node.textContent.trim().slice(0, 50));
    const shown = element => element.checkVisibility({ checkOpacity: true, visibilityProperty: true });

    const luminance = ([r, g, b]) => [r, g, b].map(v => v / 255).map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const parts = colour => colour.match(/[\d.]+/g).map(Number);
    const contrast = (one, other) => {
        const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
        return (light + 0.05) / (dark + 0.05);
    };
    const ground = element => {
        for (let at = element; at; at = at.parentElement) {
            const colour = parts(getComputedStyle(at).backgroundColor);
            if (colour.length === 3 || colour[3] === 1) return colour;
        }
        return [255, 255, 255];
    };

    // A text and the lines that it takes.
    const texts = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const node = walker.currentNode;
        const parent = node.parentElement;
        if (!node.textContent.trim() || !shown(parent) || parent.closest('title,desc,style')) continue;
        const range = document.createRange();
        range.selectNodeContents(node);
        texts.push({ node, parent, rects: [...range.getClientRects()].filter(rect => rect.width > 0 && rect.height > 0) });
    }
    if (texts.length < 10) found.push(`only ${texts.length} texts are shown`);

    for (const { node, parent, rects } of texts) {
        const svg = parent.closest('svg');
        let box = svg ?? parent;
        while (!svg && getComputedStyle(box).display === 'inline') box = box.parentElement;
        const within = box.getBoundingClientRect();
        for (const rect of rects) {
            if (rect.left < -slack || rect.right > document.documentElement.clientWidth + slack) found.push(`${name(node)} is outside the screen`);
            if (rect.left < within.left - slack || rect.right > within.right + slack || rect.top < within.top - slack - 3 || rect.bottom > within.bottom + slack + 3) {
                found.push(`${name(node)} is outside of its ${box.tagName}`);
            }
        }
        const style = getComputedStyle(parent);
        const ratio = contrast(parts(svg ? style.fill : style.color), ground(parent));
        if (ratio < 4.5) found.push(`${name(node)} has a contrast of ${ratio.toFixed(1)}`);
    }

    // Lines that touch are apart; a pixel is rounding.
    const lines = texts.flatMap(({ node, rects }) => rects.map(rect => ({ node, rect }))).sort((a, b) => a.rect.top - b.rect.top);
    for (let i = 0; i < lines.length; i++) {
        for (let j = i + 1; j < lines.length && lines[j].rect.top < lines[i].rect.bottom - slack; j++) {
            const [one, other] = [lines[i].rect, lines[j].rect];
            if (Math.min(one.right, other.right) - Math.max(one.left, other.left) > slack && Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top) > slack) {
                found.push(`${name(lines[i].node)} and ${name(lines[j].node)} overlap`);
            }
        }
    }

    for (const shape of document.querySelectorAll('svg[role=img] path[class^=f], svg[role=img] path[class^=l], svg[role=img] circle')) {
        const style = getComputedStyle(shape);
        const ratio = contrast(parts(style.fill === 'none' ? style.stroke : style.fill), ground(shape));
        if (ratio < 3) found.push(`a shape of class ${shape.getAttribute('class')} has a contrast of ${ratio.toFixed(1)}`);
        const [inner, outer] = [shape.getBoundingClientRect(), shape.closest('svg').getBoundingClientRect()];
        if (inner.width > 0 && (inner.left < outer.left - slack || inner.right > outer.right + slack || inner.top < outer.top - slack || inner.bottom > outer.bottom + slack)) found.push('a shape is outside of its chart');
    }

    for (const element of document.querySelectorAll('body *')) {
        if (!shown(element) || element.closest('svg')) continue;
        const style = getComputedStyle(element);
        if (style.overflowX !== 'visible' && element.scrollWidth > element.clientWidth + slack) found.push(`a ${element.tagName} is cut`);
    }
    if (document.documentElement.scrollWidth > document.documentElement.clientWidth) found.push(`the page is ${document.documentElement.scrollWidth} px wide`);
    if (document.scripts.length > 0) found.push('the page has a script');
    return [...new Set(found)].slice(0, 30);
}
