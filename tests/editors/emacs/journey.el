;;; journey.el --- Drive Turnout as a user of Emacs does  -*- lexical-binding: t -*-

;; The environment names the CLIENT (eglot or lsp), the FILE to open, the snippets of OTHERS and the
;; file for what was SEEN.  Whatever a user would read or choose goes through the same functions.

;;; Code:

(require 'cl-lib)
(require 'json)
(setq package-directory-list '("/usr/share/emacs/site-lisp/elpa"))
(package-initialize)
(add-to-list 'load-path (expand-file-name "emacs" (getenv "OTHERS")))

(defvar seen nil "What the user saw, by name.")
(defun saw (name value) (push (cons name value) seen) value)
(defun end (code)
  (with-temp-file (getenv "SEEN") (insert (json-encode (nreverse seen))))
  (kill-emacs code))

(defun until (what look)
  "Wait until LOOK finds something, and return it; WHAT says what was waited for."
  (let ((end (+ (float-time) 90)) found)
    (while (and (not (setq found (funcall look))) (< (float-time) end))
      (accept-process-output nil 0.05))
    (or found (progn (message "still no %s\n%s" what (messages)) (saw 'messages (messages)) (end 1)))))

(defun messages () (with-current-buffer (messages-buffer) (buffer-string)))
(defun said (pattern)
  "Return the message that matches PATTERN, once it has been shown."
  (until pattern (lambda () (when (string-match (concat "^.*" pattern ".*$") (messages))
                              (match-string 0 (messages))))))

(defun shown (end)
  "Return the answer in the buffer of Turnout, once it has come to its END."
  (until end (lambda () (when-let ((buffer (get-buffer "*Turnout*")))
                          (with-current-buffer buffer
                            (goto-char (point-min))
                            (when (search-forward end nil t) (buffer-string)))))))

(defvar wanted nil "What the user picks of the menus that come, in order.")
(defvar asked nil "The questions that came.")
(defun pick (prompt collection &rest _)
  "Answer the PROMPT of a menu with the first of COLLECTION that the user wants."
  (let* ((titles (mapcar (lambda (one) (if (consp one) (car one) one)) (append collection nil)))
         (wish (pop wanted))
         (title (cl-find-if (lambda (title) (string-match-p (regexp-quote wish) title)) titles)))
    (push (list (substring-no-properties prompt) titles) asked)
    (or title (progn (message "no %s in %S" wish titles) (saw 'titles titles) (end 1)))))
(advice-add 'completing-read :override #'pick)
(setq last-nonmenu-event 13)  ; a key, so that menus are asked for in the minibuffer

(defun at (text)
  (goto-char (point-min))
  (search-forward text)
  (goto-char (match-beginning 0)))

(find-file (getenv "FILE"))
(python-mode)
(load (expand-file-name (getenv "CLIENT") (file-name-directory load-file-name)) nil t)

;; The journey: `start', `actions' and `problems' are the client's own.

(start)
(turnout-review)
(saw 'finding (until "finding" #'problems))
(at "return a / b")
(setq wanted '("Fix it"))
(actions)
(saw 'menu (mapcar (lambda (title) (replace-regexp-in-string ", \\(free\\|about .*\\)$" "" title))
                   (cadr (car asked))))
(until "fix" (lambda () (save-excursion (goto-char (point-min)) (search-forward "if b else 0" nil t))))
(saw 'fixed (buffer-string))
(until "no finding" (lambda () (null (problems))))

(at "def first")
(setq wanted '("Explain `first`"))
(actions)
(saw 'explanation (shown "It fails where there is none."))

(at "return items[0]")
(undo-boundary)
(setq wanted '("Refactor" "Simplify") asked nil)
(actions)
(saw 'diff (shown "next(iter"))
(saw 'untouched (buffer-string))
(with-current-buffer "*Turnout*" (call-interactively (key-binding (kbd "C-c C-c"))))
(until "edit" (lambda () (save-excursion (goto-char (point-min)) (search-forward "next(iter" nil t))))
(saw 'question (car (car asked)))
(saw 'edited (buffer-string))
(undo-boundary)
(undo)
(saw 'undone (buffer-string))

(turnout-ask "What does it do?")
(saw 'answer (shown "knows a box."))
(turnout-explain)
(saw 'refused (said "p0.*key"))

(find-file (expand-file-name "pair.py" (file-name-directory (getenv "FILE"))))
(python-mode)
(start)
(goto-char (point-max))
(saw 'completions
     (until "completions"
            (lambda ()
              (when-let ((found (run-hook-with-args-until-success 'completion-at-point-functions)))
                (mapcar #'substring-no-properties
                        (all-completions (buffer-substring (car found) (point)) (nth 2 found)))))))
(stop)
(end 0)
