/** A commit message, written into the box of the source control view. */

import * as vscode from 'vscode';

import { StreamedDocument } from './protocol';
import { Tasks } from './tasks';

/** What is used of the API of VS Code's own git extension. */
interface Repository {
  rootUri: vscode.Uri;
  inputBox: { value: string };
}
interface Git {
  getAPI(version: 1): { repositories: Repository[] };
}

/** Has commit messages written where they are committed from. */
export class CommitMessages {
  private repository: Repository | undefined;

  constructor(private readonly tasks: Tasks) {}

  /** Write the message for a repository: the one of the view, else that of the file at hand. */
  async write(source?: { rootUri?: vscode.Uri }): Promise<void> {
    const repositories = await repositoriesOf();
    this.repository = choose(repositories, source?.rootUri);
    const uri = this.repository && openIn(this.repository);
    const before = this.repository?.inputBox.value ?? '';
    try {
      const result = await this.tasks.run('commitMessage', uri ? { uri } : {});
      if (this.repository) {
        this.repository.inputBox.value = result?.text?.trim() ?? before;
      }
    } finally {
      this.repository = undefined;
    }
  }

  /** Take the stream of a message whose place is the box. */
  take({ task, text, done }: StreamedDocument): boolean {
    if (task !== 'commit_message' || !this.repository) {
      return false;
    }
    if (!done) {
      this.repository.inputBox.value = text;
    }
    return true;
  }
}

async function repositoriesOf(): Promise<Repository[]> {
  const git = vscode.extensions.getExtension<Git>('vscode.git');
  try {
    return (await git?.activate())?.getAPI(1).repositories ?? [];
  } catch {
    return []; // git is switched off in the editor
  }
}

function choose(repositories: Repository[], root?: vscode.Uri): Repository | undefined {
  const current = vscode.window.activeTextEditor?.document.uri;
  return (
    repositories.find(({ rootUri }) => rootUri.toString() === root?.toString()) ??
    repositories.find(({ rootUri }) => current && isIn(rootUri, current)) ??
    repositories[0]
  );
}

/** A document of the repository that is open: the server is told by it which one is meant. */
function openIn({ rootUri }: Repository): string | undefined {
  const found = vscode.workspace.textDocuments.find(
    ({ uri }) => uri.scheme === 'file' && isIn(rootUri, uri),
  );
  return found?.uri.toString();
}

function isIn(folder: vscode.Uri, file: vscode.Uri): boolean {
  return file.path.startsWith(`${folder.path}/`);
}
