/* The line reader's weights and config, linked into the binary as they lie in models/line-latin. */
    .section .rodata
    .balign 64
    .global recto_embedded_weights
    .type recto_embedded_weights, @object
    .hidden recto_embedded_weights
recto_embedded_weights:
    .incbin "line-latin.safetensors"
    .global recto_embedded_weights_end
    .hidden recto_embedded_weights_end
recto_embedded_weights_end:
    .balign 64
    .global recto_embedded_config
    .type recto_embedded_config, @object
    .hidden recto_embedded_config
recto_embedded_config:
    .incbin "config.json"
    .global recto_embedded_config_end
    .hidden recto_embedded_config_end
recto_embedded_config_end:
    .byte 0
    .balign 64
    .global recto_embedded_prior
    .type recto_embedded_prior, @object
    .hidden recto_embedded_prior
recto_embedded_prior:
    .incbin "prior.safetensors"
    .global recto_embedded_prior_end
    .hidden recto_embedded_prior_end
recto_embedded_prior_end:
    .byte 0
    .section .note.GNU-stack,"",@progbits
