import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import java.nio.file.Path;
import java.util.*;
import java.util.concurrent.*;
import java.util.stream.Collectors;
import org.eclipse.lsp4j.*;
import org.eclipse.lsp4j.jsonrpc.Launcher;
import org.eclipse.lsp4j.jsonrpc.messages.Either;
import org.eclipse.lsp4j.launch.LSPLauncher;
import org.eclipse.lsp4j.services.LanguageServer;

/** Drives the server as LSP4IJ would, by the library that is under it; prints what was seen as JSON. */
final class Journey {
  private final Ide ide;
  private final Map<String, Object> seen = new LinkedHashMap<>();
  private final Map<String, Integer> versions = new HashMap<>();
  private final LanguageServer server;
  private final Path folder;

  private Journey(Ide ide, LanguageServer server, Path folder) {
    this.ide = ide;
    this.server = server;
    this.folder = folder;
  }

  public static void main(String[] arguments) throws Exception {
    List<String> command = List.of(arguments).subList(1, arguments.length);
    Process process = new ProcessBuilder(command)
        .redirectError(ProcessBuilder.Redirect.INHERIT).start();
    Ide ide = new Ide();
    Launcher<LanguageServer> launcher =
        LSPLauncher.createClientLauncher(ide, process.getInputStream(), process.getOutputStream());
    launcher.startListening();
    Journey journey = new Journey(ide, launcher.getRemoteProxy(), Path.of(arguments[0]));
    ide.journey = journey;
    try {
      journey.run();
    } catch (Exception problem) {
      problem.printStackTrace();
      System.err.println(journey.seen + "\nmessages: " + ide.messages + "\nreport: " + ide.report);
      System.exit(1);
    }
    journey.seen.put("exit", process.waitFor(90, TimeUnit.SECONDS) ? process.exitValue() : "it runs on");
    System.out.println(new GsonBuilder().serializeNulls().create().toJson(journey.seen));
    System.exit(0);
  }

  private void run() throws Exception {
    begin();
    ghostByRecall();
    ghostByModel();
    reviewAndFix();
    explain();
    refactor();
    cancel();
    whatGoesWrong();
    seen.put("progress", new TreeSet<>(ide.progress));
    server.shutdown().get(90, TimeUnit.SECONDS);
    server.exit();
  }

  private void begin() throws Exception {
    InitializeParams params = new InitializeParams();
    params.setProcessId((int) ProcessHandle.current().pid());
    params.setCapabilities(Declared.capabilities());
    params.setClientInfo(new ClientInfo("IntelliJ IDEA", "2026.2"));
    params.setRootUri(folder.toUri().toString());
    params.setWorkspaceFolders(List.of(new WorkspaceFolder(folder.toUri().toString(), "work")));
    InitializeResult result = server.initialize(params).get(90, TimeUnit.SECONDS);
    server.initialized(new InitializedParams());
    seen.put("name", result.getServerInfo().getName());
    seen.put("encoding", result.getCapabilities().getPositionEncoding());
    seen.put("inline", result.getCapabilities().getInlineCompletionProvider() != null);
    seen.put("commands", result.getCapabilities().getExecuteCommandProvider().getCommands());
  }

  private void ghostByRecall() throws Exception {
    String uri = open("pair.py", "python");
    String grey = Ide.until("recall", () -> ghost(uri));
    seen.put("recalled", grey);
    seen.put("completions", completions(uri));
    type(uri, grey);
    seen.put("recallAccepted", ide.texts.get(uri));
  }

  private void ghostByModel() throws Exception {
    String uri = open("total.js", "javascript");
    List<String> drawn = new ArrayList<>(List.of(Ide.until("ghost text", () -> ghost(uri))));
    for (String typed : List.of("su", "m(fir")) {
      type(uri, typed);
      drawn.add(ghost(uri));
    }
    seen.put("drawn", drawn);
    type(uri, drawn.get(2));
    seen.put("accepted", ide.texts.get(uri));
  }

  private void reviewAndFix() throws Exception {
    String uri = open("util.py", "python");
    List<CodeAction> menu = actions(uri, "ratio", List.of());
    seen.put("menu", menu.stream().map(one -> one.getTitle().split(" - ")[0]).collect(Collectors.toList()));
    seen.put("lenses", lenses(uri));
    execute(menu.get(0).getCommand());
    Diagnostic finding = Ide.until("finding", () -> first(uri));
    seen.put("finding", finding.getMessage().getLeft());
    CodeAction fix = actions(uri, "return a / b", List.of(finding)).get(0);
    seen.put("fix", fix.getTitle());
    execute(fix.getCommand());
    seen.put("fixed", ide.texts.get(uri));
    Ide.until("no finding", () -> first(uri) == null ? "gone" : null);
  }

  private void explain() throws Exception {
    String uri = uri("util.py");
    CodeAction explain = actions(uri, "first", List.of()).get(4);
    execute(explain.getCommand());
    Diagnostic note = Ide.until("note", () -> first(uri));
    seen.put("note", note.getMessage().getLeft());
    execute(actions(uri, "def first", List.of(note)).get(0).getCommand());
    seen.put("kept", ide.texts.get(uri));
  }

  private void refactor() throws Exception {
    String uri = uri("util.py");
    ide.clicks.addAll(List.of("Simplify", "Apply"));
    execute(actions(uri, "items[0]", List.of()).get(1).getCommand());
    seen.put("questions", List.copyOf(ide.questions));
    seen.put("edited", ide.texts.get(uri));
    JsonObject about = new JsonObject();
    about.addProperty("task", "review");
    about.addProperty("uri", uri);
    seen.put("route", execute(new Command("", "turnout.explainRoute", List.of(about))));
  }

  private void cancel() throws Exception {
    CompletableFuture<Object> explanation = begin("turnout.explain", null);
    Ide.until("words", () -> ide.report.endsWith(" words") ? "some" : null);
    explanation.cancel(true);
    seen.put("cancelled", explanation.isCancelled());
  }

  private void whatGoesWrong() throws Exception {
    int before = ide.messages.size();
    seen.put("refused", begin("turnout.explain", null).get(90, TimeUnit.SECONDS).toString().contains("unanswered"));
    begin("turnout.explain", "dead/big").get(90, TimeUnit.SECONDS);
    Ide.until("messages", () -> ide.messages.size() >= before + 2 ? "two" : null);
    seen.put("messages", List.copyOf(ide.messages.subList(before, ide.messages.size())));
  }

  private CompletableFuture<Object> begin(String command, String model) {
    JsonObject about = new JsonObject();
    about.addProperty("uri", uri("util.py"));
    about.addProperty("anew", true);
    if (model != null) {
      about.addProperty("model", model);
    }
    return server.getWorkspaceService().executeCommand(new ExecuteCommandParams(command, List.of(about)));
  }

  private String uri(String name) {
    return folder.resolve(name).toUri().toString();
  }

  private String open(String name, String language) throws Exception {
    String text = java.nio.file.Files.readString(folder.resolve(name));
    ide.texts.put(uri(name), text);
    versions.put(uri(name), 1);
    server.getTextDocumentService()
        .didOpen(new DidOpenTextDocumentParams(new TextDocumentItem(uri(name), language, 1, text)));
    return uri(name);
  }

  /** Have another text, and tell the server. */
  void changed(String uri, String text) {
    ide.texts.put(uri, text);
    int version = versions.merge(uri, 1, Integer::sum);
    server.getTextDocumentService().didChange(new DidChangeTextDocumentParams(
        new VersionedTextDocumentIdentifier(uri, version),
        List.of(new TextDocumentContentChangeEvent(text))));
  }

  /** Type at the end of the file, as the IDE tells it. */
  private void type(String uri, String typed) {
    String text = ide.texts.get(uri);
    Position end = Ide.position(text, text.length());
    ide.texts.put(uri, text + typed);
    int version = versions.merge(uri, 1, Integer::sum);
    server.getTextDocumentService().didChange(new DidChangeTextDocumentParams(
        new VersionedTextDocumentIdentifier(uri, version),
        List.of(new TextDocumentContentChangeEvent(new Range(end, end), typed))));
  }

  /** The grey text at the end of the file; the trigger is always automatic. */
  private String ghost(String uri) {
    String text = ide.texts.get(uri);
    InlineCompletionParams params = new InlineCompletionParams(
        new TextDocumentIdentifier(uri), Ide.position(text, text.length()),
        new InlineCompletionContext(InlineCompletionTriggerKind.Automatic));
    try {
      Either<List<InlineCompletionItem>, InlineCompletionList> found =
          server.getTextDocumentService().inlineCompletion(params).get(90, TimeUnit.SECONDS);
      List<InlineCompletionItem> items = found.isLeft() ? found.getLeft() : found.getRight().getItems();
      if (items.isEmpty()) {
        return null;
      }
      InlineCompletionItem item = items.get(0);
      int typed = text.length() - Ide.offset(text, item.getRange().getStart());
      return item.getInsertText().getLeft().substring(typed);
    } catch (Exception problem) {
      throw new RuntimeException(problem);
    }
  }

  /** What stands above the first definition. */
  private List<String> lenses(String uri) throws Exception {
    return server.getTextDocumentService().codeLens(new CodeLensParams(new TextDocumentIdentifier(uri)))
        .get(90, TimeUnit.SECONDS).stream().filter(lens -> lens.getRange().getStart().getLine() == 3)
        .map(lens -> lens.getCommand().getTitle()).collect(Collectors.toList());
  }

  /** What the completion menu has at the end of the file. */
  private List<String> completions(String uri) throws Exception {
    String text = ide.texts.get(uri);
    CompletionParams params =
        new CompletionParams(new TextDocumentIdentifier(uri), Ide.position(text, text.length()));
    var found = server.getTextDocumentService().completion(params).get(90, TimeUnit.SECONDS);
    List<CompletionItem> items = found.isLeft() ? found.getLeft() : found.getRight().getItems();
    return items.stream().map(CompletionItem::getLabel).collect(Collectors.toList());
  }

  private Diagnostic first(String uri) {
    List<Diagnostic> shown = ide.diagnostics.getOrDefault(uri, List.of());
    return shown.isEmpty() ? null : shown.get(0);
  }

  /** The quick fixes of diagnostics, or what Alt+Enter offers beside them. */
  private List<CodeAction> actions(String uri, String at, List<Diagnostic> about) throws Exception {
    String text = ide.texts.get(uri);
    Position place = Ide.position(text, text.indexOf(at));
    CodeActionContext context = new CodeActionContext(about);
    if (!about.isEmpty()) {
      context.setOnly(List.of(CodeActionKind.QuickFix));
    }
    context.setTriggerKind(CodeActionTriggerKind.Automatic);
    Range range = about.isEmpty() ? new Range(place, place) : about.get(0).getRange();
    return server.getTextDocumentService()
        .codeAction(new CodeActionParams(new TextDocumentIdentifier(uri), range, context))
        .get(90, TimeUnit.SECONDS).stream().map(Either::getRight)
        .filter(one -> about.isEmpty() != CodeActionKind.QuickFix.equals(one.getKind()))
        .collect(Collectors.toList());
  }

  private Object execute(Command command) throws Exception {
    return server.getWorkspaceService()
        .executeCommand(new ExecuteCommandParams(command.getCommand(), command.getArguments()))
        .get(90, TimeUnit.SECONDS);
  }
}
