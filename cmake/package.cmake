# CPack: Debian packages.  tools/package.sh calls it with the settings a release has.

set(RECTO_MAINTAINER "Recto maintainers <maintainers@recto.example>" CACHE STRING
    "Who stands in the packages' Maintainer field")

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME recto)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "${RECTO_MAINTAINER}")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/tools/package/stage.cmake)
set(CPACK_RECTO_SOURCE ${PROJECT_SOURCE_DIR})
set(CPACK_RECTO_DATE ${RECTO_DATE})

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_GROUPING ONE_PER_GROUP)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "${RECTO_MAINTAINER}")
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(about
"reads PDFs and scans on the machine they lie on and turns them into
Markdown, structured JSON and text. Pages with a text layer that can be
trusted are taken from it; others are read by a line reader that is part of
the program. Nothing is sent anywhere: there is no network code.")

set(CPACK_COMPONENTS_ALL recto)
set(CPACK_DEBIAN_RECTO_PACKAGE_NAME recto)
set(CPACK_DEBIAN_RECTO_PACKAGE_SECTION text)
set(CPACK_COMPONENT_RECTO_DESCRIPTION
"offline document reader: PDFs and scans to Markdown and JSON
Recto ${about}")

if(TARGET recto_shared)
  list(APPEND CPACK_COMPONENTS_ALL library development)
  get_target_property(soversion recto_shared SOVERSION)
  set(library_package librecto${soversion})
  set(CPACK_DEBIAN_LIBRARY_PACKAGE_NAME ${library_package})
  set(CPACK_DEBIAN_LIBRARY_PACKAGE_SECTION libs)
  set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
  set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS_POLICY ">=")
  set(CPACK_DEBIAN_LIBRARY_PACKAGE_CONTROL_EXTRA ${PROJECT_SOURCE_DIR}/tools/package/triggers)
  set(CPACK_COMPONENT_LIBRARY_DESCRIPTION
"offline document reader, shared library
Recto ${about}
.
This package holds the library for programs that read documents themselves.")
  set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME librecto-dev)
  set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
  set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SHLIBDEPS OFF)
  set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS
      "${library_package} (= ${PROJECT_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE})")
  set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION
"offline document reader, files for development
Recto ${about}
.
This package holds the header, the pkg-config file and two sample programs.")
endif()

include(CPack)
