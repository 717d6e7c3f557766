# Run by CPack on the staged files of all packages, before they are packed: what Debian's policy wants of a
# package and cmake --install has no reason to do.  Manual pages and changelogs are compressed without time or
# name; every package gets its copyright file.

execute_process(COMMAND date -u -R -d "${CPACK_RECTO_DATE}" OUTPUT_VARIABLE date
                OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)

# The licence in the form of a copyright file: indented, a dot on empty lines.
file(READ ${CPACK_RECTO_SOURCE}/LICENSE license)
string(REGEX REPLACE "\n+$" "" license "${license}")
string(REPLACE "\n" "\n " license " ${license}")
string(REGEX REPLACE "\n +\n" "\n .\n" license "${license}")
string(REGEX REPLACE "\n +\n" "\n .\n" license "${license}")
file(READ ${CPACK_RECTO_SOURCE}/tools/package/copyright copyright)

foreach(component ${CPACK_COMPONENTS_ALL})
  string(TOUPPER ${component} upper)
  set(name ${CPACK_DEBIAN_${upper}_PACKAGE_NAME})
  set(root ${CPACK_TEMPORARY_DIRECTORY}/${component})
  if(NOT IS_DIRECTORY ${root}/usr)
    message(FATAL_ERROR "stage.cmake: nothing staged in ${root}")
  endif()
  set(doc ${root}/usr/share/doc/${name})
  if(NOT name STREQUAL "recto" AND IS_DIRECTORY ${root}/usr/share/doc/recto)
    file(RENAME ${root}/usr/share/doc/recto ${doc})
  endif()
  file(MAKE_DIRECTORY ${doc})
  if(EXISTS ${doc}/CHANGELOG.md)
    file(RENAME ${doc}/CHANGELOG.md ${doc}/changelog)
  endif()
  file(REMOVE ${doc}/LICENSE) # it is in the copyright file
  file(WRITE ${doc}/changelog.Debian
"recto (${CPACK_PACKAGE_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE}) bookworm; urgency=medium

  * Version ${CPACK_PACKAGE_VERSION}, packaged by tools/package.sh.

 -- ${CPACK_DEBIAN_PACKAGE_MAINTAINER}  ${date}
")
  file(WRITE ${doc}/copyright "${copyright}${license}\n")
  if(NOT component STREQUAL "development")
    file(COPY /usr/share/doc/libmupdf-dev/copyright DESTINATION ${CPACK_TEMPORARY_DIRECTORY})
    file(RENAME ${CPACK_TEMPORARY_DIRECTORY}/copyright ${doc}/copyright.mupdf)
  endif()
  file(GLOB texts ${root}/usr/share/man/man1/*.1 ${doc}/changelog ${doc}/changelog.Debian)
  execute_process(COMMAND gzip -9nf ${texts} COMMAND_ERROR_IS_FATAL ANY)
endforeach()
