;;; turnout.el --- Commands of Turnout, for eglot and lsp-mode  -*- lexical-binding: t -*-

;; SPDX-License-Identifier: Apache-2.0

;;; Commentary:

;; What `turnout-eglot' and `turnout-lsp' have in common: require one of them, not this.

;;; Code:

(require 'diff-mode)

(defgroup turnout nil "AI completions and code actions." :group 'tools)

(defcustom turnout-command '("turnout" "--stdio")
  "The command that starts the server."
  :type '(repeat string))

(defcustom turnout-modes
  '((python-mode . "python") (java-mode . "java") (go-mode . "go") (rust-mode . "rust")
    (ruby-mode . "ruby") (c-mode . "c") (c++-mode . "cpp") (csharp-mode . "csharp")
    (js-mode . "javascript") (typescript-mode . "typescript") (php-mode . "php")
    (lua-mode . "lua") (sh-mode . "shellscript")
    ;; Those of Emacs 29 and newer, by tree-sitter.
    (python-ts-mode . "python") (java-ts-mode . "java") (go-ts-mode . "go")
    (rust-ts-mode . "rust") (ruby-ts-mode . "ruby") (c-ts-mode . "c") (c++-ts-mode . "cpp")
    (csharp-ts-mode . "csharp") (js-ts-mode . "javascript") (typescript-ts-mode . "typescript")
    (tsx-ts-mode . "typescriptreact") (php-ts-mode . "php") (lua-ts-mode . "lua")
    (bash-ts-mode . "shellscript"))
  "The modes that Turnout is for, each with the LSP's name of its language."
  :type '(alist :key-type symbol :value-type string))

(defconst turnout-seconds 900
  "How long an action may take; the 10 seconds of Emacs are too short.")

(defvar turnout-place-function nil
  "Returns what a command is about: the region, else the file.")

(defvar turnout-run-function nil
  "Has a command run with its one argument, in the background.")

(defvar-local turnout--decide nil
  "Sends what is decided about the edit that this buffer shows: a command.")

(defvar turnout-edit-mode-map
  (let ((map (make-sparse-keymap)))
    (define-key map (kbd "C-c C-c") #'turnout-apply)
    (define-key map (kbd "C-c C-k") #'turnout-discard)
    map)
  "What may be done about an edit.")

(define-derived-mode turnout-edit-mode diff-mode "Turnout edit"
  "An edit that waits for your word."
  (setq buffer-read-only t
        header-line-format
        (substitute-command-keys
         "\\[turnout-apply] applies this edit, \\[turnout-discard] discards it")))

(defun turnout-show (title text proposal run)
  "Show TEXT, an answer so far, under its TITLE.
With PROPOSAL it is the diff of an edit, and RUN has a command run on it."
  (with-current-buffer (get-buffer-create "*Turnout*")
    (let ((inhibit-read-only t))
      (erase-buffer)
      (insert text)
      (goto-char (point-min)))
    (if proposal (turnout-edit-mode) (special-mode))
    (setq-local mode-line-process (concat ": " title)
                turnout--decide (and proposal
                                     (lambda (command) (funcall run command (list :id proposal)))))
    (display-buffer (current-buffer))))

(defun turnout-apply ()
  "Apply the edit that is shown."
  (interactive)
  (funcall turnout--decide "turnout.apply")
  (quit-window))

(defun turnout-discard ()
  "Discard the edit that is shown."
  (interactive)
  (funcall turnout--decide "turnout.discard")
  (quit-window))

(defun turnout--run (command &rest more)
  "Have COMMAND run on the region, else the file, with MORE arguments."
  (unless turnout-run-function
    (user-error "Turnout is not running here: M-x eglot, or M-x lsp"))
  (funcall turnout-run-function command (append (funcall turnout-place-function) more)))

(defun turnout-review ()
  "Review the region, else the file."
  (interactive)
  (turnout--run "turnout.review"))

(defun turnout-review-changes ()
  "Review what is not committed yet."
  (interactive)
  (turnout--run "turnout.review" :against "uncommitted"))

(defun turnout-explain ()
  "Explain the region, else the file."
  (interactive)
  (turnout--run "turnout.explain"))

(defun turnout-ask (question)
  "Put a QUESTION about the region, else the file."
  (interactive "sAsk Turnout: ")
  (turnout--run "turnout.ask" :instruction question))

(defun turnout-refactor (instruction)
  "Change the region, else the file, as INSTRUCTION says; the edit is shown first."
  (interactive "sWhat is to be changed: ")
  (turnout--run "turnout.refactor" :instruction instruction))

(defun turnout-commit-message ()
  "Write a message for what is staged, else for all that is not committed."
  (interactive)
  (turnout--run "turnout.commitMessage"))

(provide 'turnout)
;;; turnout.el ends here
