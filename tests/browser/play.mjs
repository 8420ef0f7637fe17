// Plays an HLS playlist with hls.js in a headless Chromium and prints one line of JSON: node play.mjs MODULES PLAYLIST.
// Server and browser are children of this process or in it, and end with it.
import { spawn } from 'node:child_process';
import { createReadStream, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, dirname, join, normalize } from 'node:path';

const [modules, playlist] = process.argv.slice(2);
const root = dirname(playlist);
const page = `<!doctype html><video muted></video><script src="/hls.js"></script><script>
const video = document.querySelector('video');
const seen = { errors: [], stalls: 0, jumps: [], frames: 0, dropped: 0, ended: false, at: 0 };
const done = () => fetch('/done', { method: 'POST', body: JSON.stringify(seen) });
// One fault is enough to know.
const tell = (list, what) => { list.push(what); done(); };
const hls = new Hls({ maxBufferLength: 300 });
hls.on(Hls.Events.ERROR, (_, data) => tell(seen.errors, data.details + (data.error ? ': ' + data.error.message : '')));
// Until the whole video is in the buffer a stall may be the machine's; afterwards it can only be a hole.
let begun = false;
let playing = false;
const begin = () => {
  const end = video.buffered.length ? video.buffered.end(video.buffered.length - 1) : 0;
  if (begun || !(end > video.duration - 0.2)) return;
  begun = true;
  // ffmpeg's sound begins some frames before its pictures, or after them.
  video.currentTime = video.buffered.start(0);
  video.playbackRate = 2;
  video.addEventListener('playing', () => { playing = true; }, { once: true });
  video.play().catch(error => tell(seen.errors, 'play: ' + error.message));
};
// hls.js tells the end of the stream only when the player comes near it.
hls.on(Hls.Events.BUFFER_APPENDED, begin);
video.addEventListener('waiting', () => { if (playing && !video.seeking && video.currentTime > 0.2) { seen.stalls++; done(); } });
video.addEventListener('seeking', () => { if (playing) tell(seen.jumps, 'seek to ' + video.currentTime); });
video.addEventListener('error', () => tell(seen.errors, 'video: ' + video.error.message));
video.addEventListener('ended', () => {
  const quality = video.getVideoPlaybackQuality();
  Object.assign(seen, { ended: true, at: video.currentTime, duration: video.duration, frames: quality.totalVideoFrames, dropped: quality.droppedVideoFrames, ranges: video.played.length, buffered: video.buffered.length });
  done();
});
let media = -1;
const frame = (_, data) => {
  if (playing && media >= 0 && (data.mediaTime < media || data.mediaTime > media + 1)) tell(seen.jumps, 'from ' + media + ' to ' + data.mediaTime);
  media = data.mediaTime;
  video.requestVideoFrameCallback(frame);
};
video.requestVideoFrameCallback(frame);
hls.loadSource('/media/${basename(playlist)}');
hls.attachMedia(video);
</script>`;
const types = { '.m3u8': 'application/vnd.apple.mpegurl', '.ts': 'video/mp2t' };
const profile = mkdtempSync(join(tmpdir(), 'smartcache-browser-'));
let browser;
const end = code => {
    // The browser's own children write to its directory for as long as they live.
    browser?.removeAllListeners('exit');
    try { process.kill(-browser.pid, 'SIGKILL'); } catch { /* it is gone */ }
    rmSync(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
    process.exit(code);
};
const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, 'http://host').pathname));
    if (path === '/done') {
        let body = '';
        request.on('data', chunk => body += chunk).on('end', () => { console.log(body); end(0); });
        return;
    }
    const file = path === '/hls.js' ? join(modules, 'hls.js/dist/hls.min.js') : path.startsWith('/media/') ? join(root, path.slice('/media'.length)) : null;
    if (file && existsSync(file)) {
        response.setHeader('Content-Type', types[file.slice(file.lastIndexOf('.'))] ?? 'text/javascript');
        createReadStream(file).pipe(response);
    } else {
        response.statusCode = path === '/' ? 200 : 404;
        response.setHeader('Content-Type', 'text/html');
        response.end(path === '/' ? page : '');
    }
});
// A page that never comes to its end says nothing.
setTimeout(() => { console.error('The page did not come to its end within 90 s.'); end(1); }, 90_000).unref();
server.listen(0, '127.0.0.1', () => {
    browser = spawn('chromium', ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run', '--disable-background-networking', '--autoplay-policy=no-user-gesture-required',
        `--user-data-dir=${profile}`, `http://127.0.0.1:${server.address().port}/`], { stdio: 'ignore', detached: true });
    browser.on('exit', code => { console.error(`chromium ended with ${code}`); end(1); });
    browser.on('error', error => { console.error(error.message); end(1); });
});
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => end(1));
