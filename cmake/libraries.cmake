# The Debian packages the project links to, as targets recto::NAME.  Each is used by one folder.

find_package(PkgConfig REQUIRED)

function(recto_pkg name module)
  pkg_check_modules(${name} REQUIRED IMPORTED_TARGET ${module})
  add_library(recto::${name} ALIAS PkgConfig::${name})
endfunction()

recto_pkg(jansson jansson)
recto_pkg(sodium libsodium)
recto_pkg(utf8proc libutf8proc)
recto_pkg(png libpng)
recto_pkg(jpeg libjpeg)
recto_pkg(lept lept)
recto_pkg(pcre2 libpcre2-8)
recto_pkg(seccomp libseccomp)
recto_pkg(sqlite sqlite3)

# MuPDF is a static library whose .pc file lacks what it needs (Debian 12, 1.21.1).
find_path(MUPDF_INCLUDE mupdf/fitz.h REQUIRED)
find_library(MUPDF_LIBRARY mupdf REQUIRED)
find_library(MUPDF_THIRD_LIBRARY mupdf-third REQUIRED)
add_library(recto_mupdf INTERFACE)
target_include_directories(recto_mupdf SYSTEM INTERFACE ${MUPDF_INCLUDE})
target_link_libraries(recto_mupdf INTERFACE ${MUPDF_LIBRARY} ${MUPDF_THIRD_LIBRARY}
  mujs gumbo openjp2 jbig2dec harfbuzz freetype jpeg z m)
add_library(recto::mupdf ALIAS recto_mupdf)

# oneDNN 2.6: found directly, since its CMake config drags OpenCL in.
find_path(DNNL_INCLUDE oneapi/dnnl/dnnl.h REQUIRED)
find_library(DNNL_LIBRARY dnnl REQUIRED)
add_library(recto_dnnl INTERFACE)
target_include_directories(recto_dnnl SYSTEM INTERFACE ${DNNL_INCLUDE})
target_link_libraries(recto_dnnl INTERFACE ${DNNL_LIBRARY} m)
add_library(recto::dnnl ALIAS recto_dnnl)
