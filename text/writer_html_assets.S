/* The style sheet and the script of the HTML form, linked in as they lie beside this file. */
    .section .rodata
    .global recto_writer_html_style
    .type recto_writer_html_style, @object
    .hidden recto_writer_html_style
recto_writer_html_style:
    .incbin "writer_html.css"
    .byte 0
    .global recto_writer_html_script
    .type recto_writer_html_script, @object
    .hidden recto_writer_html_script
recto_writer_html_script:
    .incbin "writer_html.js"
    .byte 0
    .section .note.GNU-stack,"",@progbits
