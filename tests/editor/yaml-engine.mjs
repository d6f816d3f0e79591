// YAML engine of VS Code and most other editors, for one document at a time.

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { TextDocument } from 'vscode-languageserver-textdocument';
import yamlLanguageServer from 'yaml-language-server';

import { completions, diagnostics, hoverText } from './answers.mjs';

/** Creates an engine with the schemas in `associations`: `{uri, fileMatch, schema}`; reads others from disk. */
export function yamlEngine(associations) {
  const service = yamlLanguageServer.getLanguageService({
    schemaRequestService: (uri) => readFile(fileURLToPath(uri), 'utf8'),
    workspaceContext: { resolveRelativePath: (path, base) => new URL(path, base).href },
    clientCapabilities: {},
    // Otherwise failures return an empty response.
    telemetry: {
      sendError(name, error) {
        throw new Error(name, { cause: error });
      },
    },
  });
  service.configure({
    validate: true,
    hover: true,
    completion: true,
    format: false,
    schemas: associations,
    hoverSchemaSource: false,
  });

  // The service caches parsed documents by address and version: each text is a new version.
  let version = 0;
  const open = (uri, text) => TextDocument.create(uri, 'yaml', ++version, text);
  return {
    language: 'yaml',
    async complete(uri, text, offset) {
      const document = open(uri, text);
      return completions(await service.doComplete(document, document.positionAt(offset), false));
    },
    async hover(uri, text, offset) {
      const document = open(uri, text);
      return hoverText(await service.doHover(document, document.positionAt(offset)));
    },
    async check(uri, text) {
      const document = open(uri, text);
      return diagnostics(document, await service.doValidation(document, false));
    },
  };
}
