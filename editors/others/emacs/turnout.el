;;; turnout.el --- Commands of Turnout, for eglot and lsp-mode  -*- lexical-binding: t -*-

;; SPDX-License-Identifier: Apache-2.0

;;; Commentary:

;; What `turnout-eglot' and `turnout-lsp' have in common: require one of them, not this.

;;; Code:

(require 'subr-x)

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
  "How long an action may take.  Emacs itself waits 10 seconds: too short for a review.")

(defvar turnout-place-function nil
  "Returns the arguments that say what a command is about: the region, else the file.")

(defvar turnout-run-function nil
  "Has a command run with its one argument, in the background, then calls `turnout-show'.")

(defun turnout-show (command text)
  "Show the TEXT that COMMAND came to, if any; an explanation is a note at the code already."
  (when (and text (not (equal command "turnout.explain")))
    (with-current-buffer (get-buffer-create "*Turnout*")
      (let ((inhibit-read-only t))
        (erase-buffer)
        (insert text)
        (goto-char (point-min))
        (special-mode)
        (display-buffer (current-buffer))))))

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
  "Explain the region, else the file, in a note at the code."
  (interactive)
  (turnout--run "turnout.explain"))

(defun turnout-ask (question)
  "Put a QUESTION about the region, else the file."
  (interactive "sAsk Turnout: ")
  (turnout--run "turnout.ask" :instruction question))

(defun turnout-refactor (instruction)
  "Change the region, else the file, as INSTRUCTION says."
  (interactive "sWhat is to be changed: ")
  (turnout--run "turnout.refactor" :instruction instruction))

(defun turnout-commit-message ()
  "Write a message for what is staged, else for all that is not committed."
  (interactive)
  (turnout--run "turnout.commitMessage"))

(provide 'turnout)
;;; turnout.el ends here
