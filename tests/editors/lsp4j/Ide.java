import com.google.gson.JsonObject;
import java.util.*;
import java.util.concurrent.*;
import java.util.function.Supplier;
import org.eclipse.lsp4j.*;
import org.eclipse.lsp4j.jsonrpc.messages.Either;
import org.eclipse.lsp4j.services.LanguageClient;

/** The client's side: what is shown, what is answered, and the texts that edits change. */
final class Ide implements LanguageClient {
  final Map<String, String> texts = new ConcurrentHashMap<>();
  final Map<String, List<Diagnostic>> diagnostics = new ConcurrentHashMap<>();
  final List<String> messages = new CopyOnWriteArrayList<>();
  final List<String> questions = new CopyOnWriteArrayList<>();
  final List<String> progress = new CopyOnWriteArrayList<>();
  /** What progress said last. */
  volatile String report = "";
  final List<String> registered = new CopyOnWriteArrayList<>();
  /** What the user presses of the next balloons. */
  final Queue<String> clicks = new ConcurrentLinkedQueue<>();
  /** Told of every text that an edit of the server changed. */
  volatile Journey journey;

  @Override public void telemetryEvent(Object object) {}
  @Override public void logMessage(MessageParams params) {}
  @Override public void showMessage(MessageParams params) { messages.add(params.getMessage()); }

  @Override public void publishDiagnostics(PublishDiagnosticsParams params) {
    diagnostics.put(params.getUri(), params.getDiagnostics());
  }

  @Override
  public CompletableFuture<MessageActionItem> showMessageRequest(ShowMessageRequestParams params) {
    questions.add(params.getMessage());
    String title = clicks.poll();
    return CompletableFuture.completedFuture(title == null ? null : new MessageActionItem(title));
  }

  @Override
  public CompletableFuture<ApplyWorkspaceEditResponse> applyEdit(ApplyWorkspaceEditParams params) {
    for (var change : params.getEdit().getDocumentChanges()) {
      List<TextEdit> edits = new ArrayList<>();
      change.getLeft().getEdits().forEach(edit -> edits.add(edit.getLeft()));
      String uri = change.getLeft().getTextDocument().getUri();
      journey.changed(uri, edited(texts.get(uri), edits));
    }
    return CompletableFuture.completedFuture(new ApplyWorkspaceEditResponse(true));
  }

  @Override public CompletableFuture<List<Object>> configuration(ConfigurationParams params) {
    return CompletableFuture.completedFuture(Collections.nCopies(params.getItems().size(), new JsonObject()));
  }

  @Override public CompletableFuture<Void> registerCapability(RegistrationParams params) {
    params.getRegistrations().forEach(one -> registered.add(one.getMethod()));
    return CompletableFuture.completedFuture(null);
  }

  @Override public CompletableFuture<Void> createProgress(WorkDoneProgressCreateParams params) {
    return CompletableFuture.completedFuture(null);
  }

  @Override public CompletableFuture<Void> refreshCodeLenses() {
    return CompletableFuture.completedFuture(null);
  }

  @Override public void notifyProgress(ProgressParams params) {
    WorkDoneProgressNotification value = params.getValue().getLeft();
    progress.add(value.getKind().toString());
    report = value instanceof WorkDoneProgressReport ? ((WorkDoneProgressReport) value).getMessage() : "";
  }

  /** All edits speak of the text before any of them. */
  private static String edited(String text, List<TextEdit> edits) {
    edits.sort(Comparator.comparingInt((TextEdit edit) -> offset(text, edit.getRange().getStart())).reversed());
    StringBuilder result = new StringBuilder(text);
    for (TextEdit edit : edits) {
      Range range = edit.getRange();
      result.replace(offset(text, range.getStart()), offset(text, range.getEnd()), edit.getNewText());
    }
    return result.toString();
  }

  /** Offset of a position: Java counts as UTF-16 does. */
  static int offset(String text, Position position) {
    int start = 0;
    for (int line = 0; line < position.getLine(); line++) {
      start = text.indexOf('\n', start) + 1;
    }
    return start + position.getCharacter();
  }

  /** Position of an offset. */
  static Position position(String text, int offset) {
    String before = text.substring(0, offset);
    int line = (int) before.chars().filter(c -> c == '\n').count();
    return new Position(line, offset - (before.lastIndexOf('\n') + 1));
  }

  /** Wait until there is something to see. */
  static <T> T until(String what, Supplier<T> look) throws Exception {
    for (int tries = 0; tries < 3600; tries++) {
      T found = look.get();
      if (found != null) {
        return found;
      }
      Thread.sleep(25);
    }
    throw new TimeoutException("still no " + what);
  }
}
