;;; turnout-eglot.el --- Turnout in eglot  -*- lexical-binding: t -*-

;; SPDX-License-Identifier: Apache-2.0

;;; Commentary:

;; In a buffer of one of `turnout-modes', `M-x eglot' starts Turnout.  Its actions are those of
;; `M-x eglot-code-actions'; for what needs words there are `turnout-ask' and `turnout-refactor'.

;;; Code:

(require 'cl-lib)
(require 'eglot)
(require 'turnout)

(defclass turnout-eglot-server (eglot-lsp-server) ()
  :documentation "Turnout, whose commands take longer than eglot would wait.")

(cl-defmethod eglot-client-capabilities ((_server turnout-eglot-server))
  "Say besides that there is a place for answers and for edits."
  (plist-put (cl-call-next-method) :experimental '(:turnout (:document t))))

(cl-defmethod eglot-handle-notification
  ((server turnout-eglot-server) (_method (eql 'turnout/document))
   &key title text proposal &allow-other-keys)
  "Show the TEXT of SERVER under its TITLE, or an edit: its PROPOSAL."
  (turnout-show title text proposal
                (lambda (command argument)
                  (eglot-execute-command server command (vector argument)))))

(defvar eglot-confirm-server-initiated-edits)

(cl-defmethod eglot-handle-request
  ((_server turnout-eglot-server) (_method (eql 'workspace/applyEdit)) &rest _)
  "Carry an edit out with no further question: it was chosen, or seen and applied."
  (let ((eglot-confirm-server-initiated-edits nil))
    (cl-call-next-method)))

(cl-defmethod eglot-execute-command ((server turnout-eglot-server) command arguments)
  "Have SERVER run COMMAND with ARGUMENTS in the background."
  (jsonrpc-async-request
   server :workspace/executeCommand
   (list :command (format "%s" command) :arguments arguments)
   :success-fn #'ignore
   :error-fn (cl-function
              (lambda (&key message &allow-other-keys) (message "Turnout: %s" message)))
   :timeout-fn (lambda () (message "Turnout: no answer within %d seconds" turnout-seconds))
   :timeout turnout-seconds))

(defun turnout-eglot--place ()
  "Return the region, else the file."
  (append (eglot--TextDocumentIdentifier)
          (when (use-region-p)
            (list :range (list :start (eglot--pos-to-lsp-position (region-beginning))
                               :end (eglot--pos-to-lsp-position (region-end)))))))

(defun turnout-eglot--run (command argument)
  "Have COMMAND run with its ARGUMENT, on the text as it is now."
  (eglot--signal-textDocument/didChange)
  (eglot-execute-command (eglot--current-server-or-lose) command (vector argument)))

(defun turnout-eglot--attach ()
  "Have the commands of `turnout' speak to eglot."
  (setq-local turnout-place-function #'turnout-eglot--place
              turnout-run-function #'turnout-eglot--run))

(add-hook 'eglot-managed-mode-hook #'turnout-eglot--attach)

(add-to-list 'eglot-server-programs
             (cons (mapcar (lambda (mode) (list (car mode) :language-id (cdr mode))) turnout-modes)
                   (cons 'turnout-eglot-server turnout-command)))

(provide 'turnout-eglot)
;;; turnout-eglot.el ends here
