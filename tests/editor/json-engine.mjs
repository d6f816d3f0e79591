// JSON engine of VS Code, for one document at a time.

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import vscodeJson from 'vscode-json-languageservice';
import { TextDocument } from 'vscode-languageserver-textdocument';

import { completions, diagnostics, hoverText } from './answers.mjs';

/** Creates an engine with the schemas in `associations`: `{uri, fileMatch, schema}`; reads others from disk. */
export function jsonEngine(associations) {
  const service = vscodeJson.getLanguageService({
    clientCapabilities: vscodeJson.ClientCapabilities.LATEST,
    schemaRequestService: (uri) => readFile(fileURLToPath(uri), 'utf8'),
    workspaceContext: { resolveRelativePath: (path, base) => new URL(path, base).href },
  });
  service.configure({ validate: true, schemas: associations });

  const open = (uri, text) => {
    const document = TextDocument.create(uri, 'json', 1, text);
    return { document, json: service.parseJSONDocument(document) };
  };
  return {
    language: 'json',
    async complete(uri, text, offset) {
      const { document, json } = open(uri, text);
      return completions(await service.doComplete(document, document.positionAt(offset), json));
    },
    async hover(uri, text, offset) {
      const { document, json } = open(uri, text);
      return hoverText(await service.doHover(document, document.positionAt(offset), json));
    },
    async check(uri, text) {
      const { document, json } = open(uri, text);
      return diagnostics(document, await service.doValidation(document, json));
    },
  };
}
