# cmake --install: the program, its man pages and completions, the documents.  The library installs itself
# (library/CMakeLists.txt).  Every rule names its component, since each becomes a package of its own:
# recto (the program), library (the shared library), development (header, pkg-config, samples).

include(GNUInstallDirs)
set(RECTO_ZSH_DIR ${CMAKE_INSTALL_DATADIR}/zsh/site-functions CACHE STRING
    "Where zsh looks for completions (Debian packages: share/zsh/vendor-completions)")
set(CMAKE_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ
    GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

install(TARGETS recto RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT recto)
install(DIRECTORY ${PROJECT_BINARY_DIR}/docs/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT recto
        FILES_MATCHING PATTERN "*.1")
install(FILES ${PROJECT_BINARY_DIR}/docs/recto.bash
        DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME recto COMPONENT recto)
install(FILES ${PROJECT_BINARY_DIR}/docs/_recto DESTINATION ${RECTO_ZSH_DIR} COMPONENT recto)
install(FILES ${PROJECT_BINARY_DIR}/docs/recto.fish
        DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d COMPONENT recto)

# The README's links stay valid: docs/ lies beside it.
install(FILES README.md CHANGELOG.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT recto)
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/docs COMPONENT recto
        FILES_MATCHING PATTERN "*.md" PATTERN "*.json" PATTERN "*.png")
install(DIRECTORY samples/cluster DESTINATION ${CMAKE_INSTALL_DOCDIR}/samples COMPONENT recto)
if(EXISTS ${PROJECT_SOURCE_DIR}/samples/code)
  install(DIRECTORY samples/code/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples COMPONENT development)
endif()
