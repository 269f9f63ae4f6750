import java.util.List;
import org.eclipse.lsp4j.*;

/** What LSP4IJ declares in `initialize`, as far as it concerns what Turnout does. */
final class Declared {
  private Declared() {}

  static ClientCapabilities capabilities() {
    ClientCapabilities all = new ClientCapabilities(workspace(), textDocument(), window(), null);
    StaleRequestCapabilities stale = new StaleRequestCapabilities();
    stale.setCancel(true);
    GeneralClientCapabilities general = new GeneralClientCapabilities();
    general.setStaleRequestSupport(stale);
    general.setPositionEncodings(List.of(PositionEncodingKind.UTF16));
    all.setGeneral(general);
    return all;
  }

  private static WorkspaceClientCapabilities workspace() {
    WorkspaceEditCapabilities edit = new WorkspaceEditCapabilities();
    edit.setDocumentChanges(true);
    edit.setResourceOperations(
        List.of(ResourceOperationKind.Create, ResourceOperationKind.Delete, ResourceOperationKind.Rename));
    WorkspaceClientCapabilities workspace = new WorkspaceClientCapabilities();
    workspace.setApplyEdit(true);
    workspace.setConfiguration(true);
    workspace.setWorkspaceFolders(true);
    workspace.setExecuteCommand(new ExecuteCommandCapabilities(true));
    workspace.setWorkspaceEdit(edit);
    workspace.setDidChangeConfiguration(new DidChangeConfigurationCapabilities(true));
    workspace.setDidChangeWatchedFiles(new DidChangeWatchedFilesCapabilities(true));
    workspace.setCodeLens(new CodeLensWorkspaceCapabilities(true));
    return workspace;
  }

  private static TextDocumentClientCapabilities textDocument() {
    CodeActionCapabilities action = new CodeActionCapabilities(
        new CodeActionLiteralSupportCapabilities(new CodeActionKindCapabilities(List.of(
            CodeActionKind.QuickFix, CodeActionKind.Refactor, CodeActionKind.RefactorRewrite,
            CodeActionKind.Source))), true);
    action.setDataSupport(true);
    action.setResolveSupport(new CodeActionResolveSupportCapabilities(List.of("edit")));
    PublishDiagnosticsCapabilities diagnostics = new PublishDiagnosticsCapabilities();
    diagnostics.setDataSupport(true);
    InlineCompletionCapabilities inline = new InlineCompletionCapabilities();
    inline.setDynamicRegistration(true);
    TextDocumentClientCapabilities text = new TextDocumentClientCapabilities();
    text.setCodeAction(action);
    text.setPublishDiagnostics(diagnostics);
    text.setInlineCompletion(inline);
    CompletionItemCapabilities item = new CompletionItemCapabilities(true);
    item.setDocumentationFormat(List.of(MarkupKind.MARKDOWN, MarkupKind.PLAINTEXT));
    text.setCompletion(new CompletionCapabilities(item));
    text.setCodeLens(new CodeLensCapabilities(true));
    return text;
  }

  private static WindowClientCapabilities window() {
    WindowShowMessageRequestCapabilities asks = new WindowShowMessageRequestCapabilities();
    asks.setMessageActionItem(new WindowShowMessageRequestActionItemCapabilities(false));
    WindowClientCapabilities window = new WindowClientCapabilities();
    window.setWorkDoneProgress(true);
    window.setShowDocument(new ShowDocumentCapabilities(true));
    window.setShowMessage(asks);
    return window;
  }
}
