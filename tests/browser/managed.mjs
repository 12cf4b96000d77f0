// Settings of Firefox extensions, made the way their administrators make them.
import fs from 'node:fs';
import path from 'node:path';

/**
 * Puts settings into the storage that Firefox manages, which it looks for in the home folder.
 * @param {string} home
 * @param {string} name the extension's
 * @param {Record<string, unknown>} data
 */
export function manage(home, name, data) {
  const managed = path.join(home, '.mozilla/managed-storage');
  fs.mkdirSync(managed, { recursive: true });
  const content = { name, type: 'storage', description: 'tests', data };
  fs.writeFileSync(path.join(managed, `${name}.json`), JSON.stringify(content));
}
