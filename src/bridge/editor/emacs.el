;; Has eglot start the language servers of what is installed, and knows the files of languages that only extensions
;; bring.  What is installed is asked for when this file is loaded.
;; It is loaded before packages are, and so with what Emacs has loaded by then.
(require 'cl-lib)
(require 'seq)
(require 'subr-x)

(defun annexe--ask ()
  "Return the languages of what is installed, as a list of alists.
This is for all projects: what one of them has disabled, the bridge itself leaves out."
  (with-temp-buffer
    (let ((code (ignore-errors
                  (apply #'call-process (car annexe--command) nil (list t nil) nil
                         (append (cdr annexe--command) '("languages" "--json" "--no-project"))))))
      (goto-char (point-min))
      (if (eql code 0)
          (json-parse-buffer :object-type 'alist :array-type 'list :null-object nil :false-object nil)
        (message "annexe: `%s languages' has failed (%s)" (car annexe--command) code)
        nil))))

(defun annexe--named-p (id)
  "Whether ID is one of what alone is wanted."
  (or (null annexe--only) (member id annexe--only)))

(defun annexe--wanted-p (server)
  "Whether SERVER is one that an extension brings, and that is wanted."
  (let ((extension (alist-get 'extension server)))
    (and extension
         (not (string-prefix-p "-" (alist-get 'id server)))
         (or (annexe--named-p (alist-get 'id server))
             (annexe--named-p extension)))))

(defun annexe--wanted-language-p (language)
  "Whether LANGUAGE is wanted: with its extension, or with one of its servers."
  (or (annexe--named-p (alist-get 'extension language))
      (seq-some #'annexe--wanted-p (alist-get 'servers language))))

(defun annexe--mode-of (suffix)
  "Return the mode of files whose names end with SUFFIX, if Emacs knows one."
  (let ((mode (or (assoc-default (concat "/x." suffix) auto-mode-alist #'string-match)
                  (assoc-default (concat "/" suffix) auto-mode-alist #'string-match))))
    (and (symbolp mode) (fboundp mode) mode)))

(defun annexe--define-mode (language)
  "Define a mode for LANGUAGE, of which Emacs has none, and return it."
  (let* ((mode (intern (format "annexe-%s-mode" (alist-get 'file_type language))))
         (sign (car (alist-get 'line_comments language))))
    (unless (fboundp mode)
      (eval `(define-derived-mode ,mode prog-mode ,(alist-get 'name language)
               ,(format "A mode for %s, which an extension brings." (alist-get 'name language))
               ,@(when sign
                   `((setq-local comment-start ,sign)
                     (setq-local comment-end "")
                     (setq-local comment-start-skip ,(concat (regexp-quote (string-trim-right sign)) "+[ \t]*")))))
            t))
    (dolist (suffix (alist-get 'path_suffixes language))
      (unless (annexe--mode-of suffix)
        (add-to-list 'auto-mode-alist (cons (concat "[./]" (regexp-quote suffix) "\\'") mode))))
    mode))

(defun annexe--modes (language)
  "Return the modes of LANGUAGE that there are, or one that is defined for it."
  (let* ((known (cdr (assoc (alist-get 'name language) annexe--known-modes)))
         (modes (seq-filter #'fboundp known)))
    (unless known
      (dolist (suffix (alist-get 'path_suffixes language))
        (let ((mode (annexe--mode-of suffix)))
          (when (and mode (not (eq mode 'fundamental-mode))
                     (not (seq-some (lambda (row) (memq mode (cdr row))) annexe--known-modes)))
            (cl-pushnew mode modes)))))
    (or modes (list (annexe--define-mode language)))))

(defun annexe--of-mode-p (key)
  "Whether KEY of `eglot-server-programs' is for the mode of the buffer."
  (let ((modes (if (or (symbolp key) (keywordp (cadr key))) (list key) key)))
    (seq-some (lambda (mode) (provided-mode-derived-p major-mode (if (consp mode) (car mode) mode)))
              modes)))

(defvar annexe--told nil
  "The modes whose other server was told of.")

(defun annexe--tell ()
  "Say once for a mode that eglot starts a server that the user has configured, and no second one."
  (let ((contact (cdr (seq-find (lambda (row) (annexe--of-mode-p (car row))) eglot-server-programs))))
    (unless (or (null contact)
                (memq major-mode annexe--told)
                (and (consp contact) (equal (car contact) (car annexe--command))))
      (push major-mode annexe--told)
      (message "annexe: for `%s' eglot starts what your configuration says: `%s'" major-mode
               (if (and (consp contact) (stringp (car contact))) (car contact) contact)))))

(defun annexe--ensure ()
  "Start the language server of a buffer, unless another client does."
  (unless (or (bound-and-true-p lsp-mode) (bound-and-true-p lsp-bridge-mode))
    (if (require 'eglot nil t)
        (when buffer-file-name
          (annexe--tell)
          (eglot-ensure))
      (message "annexe: eglot is not installed: `M-x package-install RET eglot'"))))

(defun annexe--project (folder)
  "Return the project of FOLDER by its settings, for eglot alone."
  (when (bound-and-true-p eglot-lsp-context)
    (let ((root (locate-dominating-file
                 folder (lambda (above)
                          (and (not (file-equal-p above "~"))
                               (or (file-exists-p (expand-file-name ".annexe" above))
                                   (file-exists-p (expand-file-name ".zed" above))))))))
      (and root (cons 'transient root)))))

(defun annexe--use (language)
  "Have eglot start the first wanted server of LANGUAGE."
  (let* ((modes (annexe--modes language))
         (server (seq-find #'annexe--wanted-p (alist-get 'servers language))))
    (when server
      (let ((contact (append annexe--command
                             (list "lsp" (alist-get 'id server)
                                   "--extension" (alist-get 'extension server)))))
        (dolist (mode modes)
          (unless (or (get mode 'eglot-language-id)
                      (equal (alist-get 'language_id server)
                             (string-remove-suffix "-ts" (string-remove-suffix "-mode" (symbol-name mode)))))
            (put mode 'eglot-language-id (alist-get 'language_id server)))
          (add-hook (intern (format "%s-hook" mode)) #'annexe--ensure))
        (with-eval-after-load 'eglot
          (add-to-list 'eglot-server-programs (cons modes contact)))))))

(with-eval-after-load 'eglot
  ;; A first start installs the server.
  (when (and eglot-connect-timeout (< eglot-connect-timeout 600))
    (setq eglot-connect-timeout 600)))
(add-hook 'project-find-functions #'annexe--project)
(condition-case problem
    (mapc #'annexe--use (seq-filter #'annexe--wanted-language-p (annexe--ask)))
  ;; The rest of the user's init file is not to suffer.
  (error (message "annexe: %s" (error-message-string problem))))
(provide 'annexe)
