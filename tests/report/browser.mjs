// Headless browser, controlled over pipes with the Chrome DevTools Protocol.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const FLAGS = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--remote-debugging-pipe',
];

/** Timeout of the browser's responses in milliseconds, far above the usual time. */
const RESPONSE_TIMEOUT = 60_000;

export class Browser {
  #process;
  #folder;
  #answers = new Map();
  #listeners = new Set();
  #last = 0;

  static async start(program) {
    const browser = new Browser(program);
    await browser.send('Browser.getVersion');
    return browser;
  }

  constructor(program) {
    this.#folder = mkdtempSync(join(tmpdir(), 'recipe-report-browser-'));
    const flags = [...FLAGS, `--user-data-dir=${this.#folder}`];
    this.#process = spawn(program, flags, { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
    this.#process.on('error', (error) => this.#gone(error));
    this.#process.on('exit', () => this.#gone(new Error('the browser exited')));
    this.#process.stdio[3].on('error', (error) => this.#gone(error));
    let text = '';
    this.#process.stdio[4].setEncoding('utf8').on('data', (more) => {
      const messages = (text + more).split('\0');
      text = messages.pop();
      for (const message of messages) this.#heard(JSON.parse(message));
    });
  }

  #heard({ id, result, error, ...event }) {
    if (id === undefined) {
      for (const listener of this.#listeners) listener(event);
      return;
    }
    const { resolve, reject } = this.#answers.get(id);
    this.#answers.delete(id);
    if (error) reject(new Error(error.message));
    else resolve(result);
  }

  #gone(error) {
    for (const { reject } of this.#answers.values()) reject(error);
    this.#answers.clear();
  }

  send(method, params = {}, sessionId = undefined) {
    const id = (this.#last += 1);
    const answer = new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no response to ${method}`)), RESPONSE_TIMEOUT);
      const settled = (settle) => (value) => {
        clearTimeout(timer);
        settle(value);
      };
      this.#answers.set(id, { resolve: settled(resolve), reject: settled(reject) });
    });
    this.#process.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    return answer;
  }

  listen(listener) {
    this.#listeners.add(listener);
  }

  /** Opens a page and records its complaints and network requests from the start. */
  async open(url, { width = 1280, height = 800, scheme = 'light' } = {}) {
    const { targetId } = await this.send('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await this.send('Target.attachToTarget', { targetId, flatten: true });
    const page = new Page(this, sessionId);
    for (const domain of ['Runtime', 'Log', 'Network', 'Page']) await page.send(`${domain}.enable`);
    await page.resize(width, height);
    await page.scheme(scheme);
    const loaded = page.heard('Page.loadEventFired');
    await page.send('Page.navigate', { url });
    await loaded;
    await page.settled();
    return page;
  }

  async stop() {
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    await this.send('Browser.close').catch(() => this.#process.kill());
    await ended;
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

export class Page {
  /** Errors and warnings on its console, and dialogs. */
  complaints = [];
  /** Requested URLs. */
  requests = [];
  #browser;
  #session;
  #waiting = new Map();

  constructor(browser, session) {
    this.#browser = browser;
    this.#session = session;
    browser.listen(({ method, params, sessionId }) => {
      if (sessionId === session) this.#happened(method, params);
    });
  }

  #happened(method, params) {
    this.#waiting.get(method)?.();
    if (method === 'Network.requestWillBeSent') this.requests.push(params.request.url);
    if (method === 'Runtime.exceptionThrown') this.complaints.push(params.exceptionDetails.exception?.description ?? params.exceptionDetails.text);
    if (method === 'Runtime.consoleAPICalled') this.complaints.push(params.args.map((arg) => arg.value).join(' '));
    if (method === 'Log.entryAdded') this.complaints.push(params.entry.text);
    if (method === 'Page.javascriptDialogOpening') {
      this.complaints.push(`a dialog: ${params.message}`);
      this.send('Page.handleJavaScriptDialog', { accept: true }).catch(() => {});
    }
  }

  heard(method) {
    return new Promise((resolve) => this.#waiting.set(method, resolve));
  }

  send(method, params) {
    return this.#browser.send(method, params, this.#session);
  }

  /** Evaluates an expression in the page, and awaits promises. */
  async value(expression) {
    const { result, exceptionDetails } = await this.send('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true });
    if (exceptionDetails) throw new Error(`${expression}: ${exceptionDetails.exception?.description ?? exceptionDetails.text}`);
    return result.value;
  }

  /** Waits until the page has been drawn. */
  settled() {
    return this.value('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))');
  }

  async press(key, text = undefined) {
    await this.send('Input.dispatchKeyEvent', { type: text ? 'keyDown' : 'rawKeyDown', key, code: key, text });
    await this.send('Input.dispatchKeyEvent', { type: 'keyUp', key, code: key });
    await this.settled();
  }

  async type(text) {
    await this.send('Input.insertText', { text });
    await this.settled();
  }

  /** Clicks the element that an expression returns. */
  async click(expression) {
    const [x, y] = await this.value(`(() => {
      const { left, top, width, height } = (${expression}).getBoundingClientRect();
      return [left + width / 2, top + height / 2];
    })()`);
    for (const type of ['mousePressed', 'mouseReleased']) {
      await this.send('Input.dispatchMouseEvent', { type, x, y, button: 'left', clickCount: 1 });
    }
    await this.settled();
  }

  resize(width, height) {
    return this.send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false });
  }

  scheme(value) {
    return this.send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value }] });
  }

  async picture() {
    const { data } = await this.send('Page.captureScreenshot', { format: 'png' });
    return Buffer.from(data, 'base64');
  }
}
